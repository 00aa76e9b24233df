// Chance for the simulator, all of it from one seed.
#pragma once

#include "base/random.hpp"

namespace weir::simulation {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool one_in(std::int64_t count) { return between(1, count) == 1; }
    template <class Container>
    auto& pick(Container& from) {
        return from[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(from.size()) - 1))];
    }
    SeededRandom& random() { return random_; }

  private:
    SeededRandom random_;
};

}  // namespace weir::simulation
