// Buckets one wide up to 2^8, then 128 in each octave: a value's bucket is its exponent and its first seven
// bits.
#include "app/histogram.hpp"

#include <bit>
#include <cmath>

namespace weir::app {

namespace {

constexpr int mantissa_bits = 7;
constexpr std::int64_t per_octave = std::int64_t{1} << mantissa_bits;
constexpr std::int64_t largest = std::int64_t{1} << 40;

std::size_t bucket_of(std::int64_t value) {
    const auto bits = std::bit_width(static_cast<std::uint64_t>(value));
    const auto shift = bits > mantissa_bits + 1 ? bits - mantissa_bits - 1 : 0;
    return static_cast<std::size_t>(shift * per_octave + (value >> shift));
}

// The greatest value that falls into the bucket.
std::int64_t top_of(std::size_t bucket) {
    const auto index = static_cast<std::int64_t>(bucket);
    const auto shift = index < 2 * per_octave ? 0 : index / per_octave - 1;
    const auto mantissa = index - shift * per_octave;
    return ((mantissa + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_of(largest) + 1) {}

void Histogram::record(std::int64_t value) {
    value = std::clamp<std::int64_t>(value, 0, largest);
    ++buckets_[bucket_of(value)];
    ++count_;
    sum_ += static_cast<double>(value);
    max_ = std::max(max_, value);
}

void Histogram::add(const Histogram& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

double Histogram::mean() const {
    return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::int64_t Histogram::percentile(double fraction) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        below += buckets_[i];
        if (below >= wanted && below > 0) return std::min(top_of(i), max_);
    }
    return max_;
}

}  // namespace weir::app
