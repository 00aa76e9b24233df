// The message ids that came into a queue within a stretch of time.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "broker/queue/field_codec.hpp"

namespace weir::queue {

inline constexpr std::size_t max_dedup_ids = 1'000'000;  // of one queue; beyond it the oldest are forgotten

// Keeps 128 bits of a hash of each id. For one thread.
class DedupWindow {
  public:
    bool contains(std::string_view id, std::int64_t now_ms, std::int64_t window_ms) const;
    // Forgets what is older than the window on the way; times are those of records, so that all replicas
    // agree.
    void add(std::string_view id, std::int64_t time_ms, std::int64_t window_ms);
    std::size_t size() const { return order_.size(); }

    void write(FieldWriter& out) const;
    static DedupWindow read(FieldReader& in);

  private:
    using Key = std::array<std::uint64_t, 2>;
    struct KeyHash {
        std::size_t operator()(const Key& key) const { return key[0]; }
    };
    static Key key_of(std::string_view id);
    void forget_oldest();

    std::unordered_map<Key, std::int64_t, KeyHash> times_;  // when an id came last
    std::deque<std::pair<std::int64_t, Key>> order_;        // in the order in which they came
};

}  // namespace weir::queue
