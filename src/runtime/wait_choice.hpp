// Whether to wait long or short between reads of a peer: by what comes in more of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "runtime/trial.hpp"

namespace weir::runtime {

// A peer that has plenty to do sends the more the less it is disturbed; one that soon stands still for an
// answer sends less. Neither can be told from outside, so both waits are tried, and the long one, which is
// cheaper, is kept where it costs nothing.
class WaitChoice {
  public:
    static constexpr unsigned probe_waits = 16;  // after which a rate is known
    static constexpr unsigned long_waits = 256;  // before the short ones are looked at again
    static constexpr double as_good = 0.95;
    static constexpr Trial::Limits mistakes{.first_rest = 8, .most_rest = 128, .proven = 4};  // probes

    bool is_long() const { return is_long_; }
    // So many bytes have come.
    void read(std::size_t bytes) { bytes_ += bytes; }
    // Another wait begins.
    void begin(std::int64_t now_us) {
        if (since_us_ == 0) since_us_ = now_us;
        if (waits_++ < (is_settled_ ? long_waits : probe_waits)) return;
        const auto rate = static_cast<double>(bytes_) / static_cast<double>(now_us - since_us_ + 1);
        since_us_ = now_us;
        bytes_ = waits_ = 0;
        is_long_ ? judge(rate) : probe(rate);
    }

  private:
    void probe(double rate) {
        short_rate_ = rate;
        is_long_ = trial_.may_begin();
    }
    void judge(double rate) {
        is_long_ = !std::exchange(is_settled_, false) && rate >= as_good * short_rate_;
        if (is_long_) {
            is_settled_ = true;
            trial_.succeeded();
        } else if (rate < as_good * short_rate_) {
            trial_.failed();
        }
    }

    Trial trial_{mistakes};
    bool is_long_ = false;
    bool is_settled_ = false;  // for long waits, for a while
    unsigned waits_ = 0;
    std::size_t bytes_ = 0;
    std::int64_t since_us_ = 0;
    double short_rate_ = 0;
};

}  // namespace weir::runtime
