// Tells who sends little at a time, often, and waits for no answer: whoever reads that a moment later reads
// several at once.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::runtime {

// Of one connection. To wake a reactor for each small message costs more than what is done with it, on both
// sides, most of all where a hypervisor has a part in each wake. A peer that waits for answers is never made
// to wait longer.
class ReadPace {
  public:
    static constexpr std::int64_t nap_us = 200;             // between two reads of what comes often
    static constexpr std::int64_t quick_us = nap_us;        // what comes within that time comes often
    static constexpr std::size_t little_bytes = 24 * 1024;  // of a read
    static constexpr unsigned quick_reads = 4;              // in turn, before the next ones wait
    static constexpr unsigned gathering_reads = 32;         // that wait, before it is looked at anew

    // The peer has been sent something.
    void sent() { reads_ = 0; }
    // Reading begins: up to so many bytes are taken when they come.
    void begin(std::size_t room, std::int64_t now_us) {
        room_ = room;
        begun_us_ = now_us;
    }
    // So many bytes have come. Whether to wait a moment before the next ones are read.
    bool read(std::size_t bytes, std::int64_t now_us) {
        const bool is_quick = bytes <= little_bytes && now_us - begun_us_ <= quick_us;
        reads_ = is_gathering() || is_quick ? reads_ + 1 : 0;
        if (reads_ >= quick_reads + gathering_reads) reads_ = 0;
        return is_gathering() && bytes < room_;  // else there is more already
    }

  private:
    bool is_gathering() const { return reads_ >= quick_reads; }

    unsigned reads_ = 0;
    std::size_t room_ = 0;
    std::int64_t begun_us_ = 0;
};

}  // namespace weir::runtime
