// Counts of durations, kept to within a hundredth over eleven decades: what percentiles are read from.
#pragma once

#include <cstdint>
#include <vector>

namespace weir::app {

// Values from 0 on, of any unit; one beyond 2^40 counts as 2^40. Not thread-safe: one each, then add().
class Histogram {
  public:
    Histogram();

    void record(std::int64_t value);
    void add(const Histogram& other);
    std::uint64_t count() const { return count_; }
    std::int64_t max() const { return max_; }
    double mean() const;
    // The value that `fraction` (0 to 1) of all values do not exceed, rounded up by less than 1 %; 0 if there
    // is none.
    std::int64_t percentile(double fraction) const;

  private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    double sum_ = 0;
    std::int64_t max_ = 0;
};

}  // namespace weir::app
