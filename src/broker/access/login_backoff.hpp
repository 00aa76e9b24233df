// Slows down those who guess passwords: after some failures, each further one makes the next attempt wait
// longer.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

namespace weir::access {

struct BackoffRule {
    std::uint32_t free_failures = 5;   // before attempts have to wait
    std::int64_t first_wait_ms = 500;  // doubles with each failure
    std::int64_t longest_wait_ms = 60'000;
    std::int64_t forget_after_ms = 300'000;  // without a failure
};

inline constexpr std::size_t max_backoff_entries = 100'000;

// One rule for many keys. Not thread-safe. Beyond max_backoff_entries, those whose last failure is the oldest
// are forgotten.
class LoginBackoff {
  public:
    explicit LoginBackoff(BackoffRule rule, std::size_t max_entries = max_backoff_entries)
        : rule_(rule), max_entries_(max_entries) {}

    // How long an attempt has to wait; 0: it may be made. Times are of a clock that never goes back.
    std::int64_t wait_ms(const std::string& key, std::int64_t now_ms) const;
    void failed(const std::string& key, std::int64_t now_ms);
    void forget(const std::string& key);
    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        std::string key;
        std::uint32_t failures = 0;
        std::int64_t last_ms = 0;
        std::int64_t blocked_until_ms = 0;
    };
    using Entries = std::list<Entry>;

    void drop(Entries::iterator at);

    BackoffRule rule_;
    std::size_t max_entries_;
    Entries entries_;  // the oldest failure first
    std::unordered_map<std::string, Entries::iterator> by_key_;
};

}  // namespace weir::access
