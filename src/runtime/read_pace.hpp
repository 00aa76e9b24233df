// Tells who sends little at a time, often, and waits for no answer: whoever reads that a moment later reads
// several at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/wait_choice.hpp"

namespace weir::runtime {

// Of one connection. To wake a reactor for each small message costs more than what is done with it, on both
// sides, most of all where a hypervisor has a part in each wake. A peer that waits for answers is made to
// wait longer only now and then, to find that out.
class ReadPace {
  public:
    static constexpr std::int64_t nap_us = 200;             // between two reads of what comes often
    static constexpr std::int64_t quick_us = nap_us;        // what comes within that time comes often
    static constexpr std::size_t little_bytes = 24 * 1024;  // of a read
    static constexpr unsigned quick_reads = 4;              // in turn, before the next ones wait
    static constexpr unsigned gathering_reads = 32;         // that wait, before it is looked at anew
    static constexpr std::int64_t long_us = 1000;           // several naps, of a peer that is sent much

    // The peer has been sent something.
    void sent(std::size_t bytes) {
        reads_ = 0;
        sent_bytes_ += bytes;
    }
    // Reading begins: up to so many bytes are taken when they come.
    void begin(std::size_t room, std::int64_t now_us) {
        room_ = room;
        begun_us_ = now_us;
    }
    // So many bytes have come. Whether to wait a moment before the next ones are read.
    bool read(std::size_t bytes, std::int64_t now_us) {
        read_bytes_ += bytes;
        choice_.read(bytes);
        const bool is_quick = bytes <= little_bytes && now_us - begun_us_ <= quick_us;
        reads_ = is_gathering() || is_quick ? reads_ + 1 : 0;
        if (reads_ >= quick_reads + gathering_reads) reads_ = 0;
        if (!is_gathering() || bytes >= room_) return false;  // there is more already
        begin_wait(now_us);
        return true;
    }
    // It has waited. Whether to wait on.
    bool goes_on(std::int64_t now_us) const {
        return is_long_ && is_gathering() && now_us - waits_since_us_ < long_us;
    }

  private:
    bool is_gathering() const { return reads_ >= quick_reads; }

    // Whether a peer that is sent more than it sends has paused can't be told from what comes: once its
    // congestion window is full its kernel gathers what it sends, which is the best that can happen.
    void begin_wait(std::int64_t now_us) {
        const bool is_fed = sent_bytes_ > read_bytes_;
        sent_bytes_ /= 2, read_bytes_ /= 2;
        waits_since_us_ = now_us;
        choice_.begin(now_us);
        is_long_ = is_fed && choice_.is_long();
    }

    unsigned reads_ = 0;
    std::size_t room_ = 0;
    std::int64_t begun_us_ = 0;
    // Of the last waits; those of each count half as much as those of the next.
    std::size_t sent_bytes_ = 0;
    std::size_t read_bytes_ = 0;
    // Of the wait.
    bool is_long_ = false;
    std::int64_t waits_since_us_ = 0;
    WaitChoice choice_;
};

}  // namespace weir::runtime
