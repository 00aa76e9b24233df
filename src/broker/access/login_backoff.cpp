// Failures by key, in the order of the last ones.
#include "broker/access/login_backoff.hpp"

#include <algorithm>

namespace weir::access {

std::int64_t LoginBackoff::wait_ms(const std::string& key, std::int64_t now_ms) const {
    const auto at = by_key_.find(key);
    return at != by_key_.end() ? std::max<std::int64_t>(at->second->blocked_until_ms - now_ms, 0) : 0;
}

void LoginBackoff::failed(const std::string& key, std::int64_t now_ms) {
    Entry entry{.key = key};
    if (const auto at = by_key_.find(key); at != by_key_.end()) {
        if (now_ms - at->second->last_ms < rule_.forget_after_ms) entry = *at->second;
        drop(at->second);
    }
    entry.last_ms = now_ms;
    if (++entry.failures > rule_.free_failures) {
        const auto doublings = std::min(entry.failures - rule_.free_failures - 1, 30u);
        const auto wait = std::min(rule_.first_wait_ms << doublings, rule_.longest_wait_ms);
        entry.blocked_until_ms = now_ms + wait;
    }
    entries_.push_back(std::move(entry));
    by_key_[key] = std::prev(entries_.end());
    while (entries_.size() > max_entries_ || now_ms - entries_.front().last_ms >= rule_.forget_after_ms)
        drop(entries_.begin());
}

void LoginBackoff::forget(const std::string& key) {
    if (const auto at = by_key_.find(key); at != by_key_.end()) drop(at->second);
}

void LoginBackoff::drop(Entries::iterator at) {
    by_key_.erase(at->key);
    entries_.erase(at);
}

}  // namespace weir::access
