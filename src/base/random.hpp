// Randomness as an argument: whoever needs random bits is handed a Random, so that tests and the simulator
// can be it.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/uuid.hpp"

namespace weir {

class Random {
  public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;

    void fill(ByteSpan out);
    Uuid uuid();
};

// The kernel's random bits (getrandom), good for secrets. Safe from any thread.
Random& system_random();

// The same numbers for the same seed, on every machine (splitmix64). Not for secrets; one thread.
class SeededRandom : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() override;

  private:
    std::uint64_t state_;
};

}  // namespace weir
