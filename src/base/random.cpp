// Random bits: the kernel's, and reproducible ones.
#include "base/random.hpp"

#include <sys/random.h>

#include "base/log_line.hpp"

namespace weir {

namespace {

class SystemRandom : public Random {
  public:
    std::uint64_t next() override {
        std::uint64_t value = 0;
        // Up to 256 bytes come whole or not at all (getrandom(2)).
        while (::getrandom(&value, sizeof value, 0) != sizeof value) {
            if (errno != EINTR) die("the kernel gives no random numbers (getrandom failed)");
        }
        return value;
    }
};

}  // namespace

void Random::fill(ByteSpan out) {
    while (!out.empty()) {
        const auto bits = next();
        const auto size = std::min(out.size(), sizeof bits);
        std::memcpy(out.data(), &bits, size);
        out = out.subspan(size);
    }
}

Uuid Random::uuid() {
    const auto high = next();
    return Uuid::from_random(high, next());
}

Random& system_random() {
    static SystemRandom random;
    return random;
}

std::uint64_t SeededRandom::next() {
    auto bits = state_ += 0x9e3779b97f4a7c15u;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
}

}  // namespace weir
