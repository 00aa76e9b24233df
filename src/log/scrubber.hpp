// Reads all logs again and again, slowly, and looks for bytes that are no longer what was written.
#pragma once

#include "log/log_store.hpp"

namespace weir::log {

// Used by one thread at a time.
class Scrubber {
  public:
    Scrubber(const StoreOptions& options, Clock& clock)
        : bytes_per_second_(std::max<std::uint64_t>(options.scrub_bytes_per_second, 1)),
          interval_us_(options.scrub_interval_ms * 1000),
          clock_(clock) {}

    // Verifies the next stretch. Returns how long to wait before the next one, in microseconds.
    std::int64_t step(const LogStore& store);

  private:
    static constexpr std::size_t step_bytes = std::size_t{1} << 20;

    void begin_pass(const LogStore& store);
    std::uint64_t verify_next(const LogStore& store);
    void leave_log();

    const std::uint64_t bytes_per_second_;
    const std::int64_t interval_us_;
    Clock& clock_;
    std::vector<LogKey> left_;  // of this pass, the next one last
    std::optional<Offset> at_;  // in that one; nothing: at its start
    std::int64_t began_us_ = 0;
};

}  // namespace weir::log
