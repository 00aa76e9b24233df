// What the chaos harness tells a running node's disk and clock to do: a small file, read again and again.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace weir::torture {

// Lines of `name number`; what is not named is 0. The harness replaces the file by renaming another over it.
// Safe from any thread.
class Control {
  public:
    // No path: everything stays 0.
    explicit Control(std::string path);
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;
    ~Control();

    std::atomic<std::int64_t> sync_delay_ms{0};
    std::atomic<std::int64_t> fail_sync{0};      // each sync fails with an input/output error
    std::atomic<std::int64_t> lie_sync{0};       // a planted bug: syncs do nothing and say that all went well
    std::atomic<std::int64_t> corrupt_write{0};  // a planted bug: each write so far apart has a wrong bit
    std::atomic<std::int64_t> disk_full{0};      // no file can grow, none be made
    std::atomic<std::int64_t> clock_offset_s{0};

    void read();  // now, too

  private:
    const std::string path_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace weir::torture
