// Something that pays in the long run but is a mistake with some: after one it is left alone for a while, for
// longer each time.
#pragma once

#include <algorithm>
#include <utility>

namespace weir::runtime {

class Trial {
  public:
    struct Limits {
        unsigned first_rest = 0;  // occasions that are let pass after the first mistake
        unsigned most_rest = 0;   // after many; each time it is twice as many
        unsigned proven = 0;      // successes in turn, after which earlier mistakes are forgotten
    };
    explicit constexpr Trial(const Limits& limits) : limits_(limits), next_rest_(limits.first_rest) {}

    // An occasion: whether to try.
    bool may_begin() {
        if (rest_ == 0) return true;
        --rest_;
        return false;
    }
    void succeeded() {
        if (++in_turn_ >= limits_.proven) next_rest_ = limits_.first_rest;
    }
    void failed() {
        in_turn_ = 0;
        rest_ = std::exchange(next_rest_, std::min(2 * next_rest_, limits_.most_rest));
    }

  private:
    Limits limits_;
    unsigned next_rest_;
    unsigned rest_ = 0;
    unsigned in_turn_ = 0;
};

}  // namespace weir::runtime
