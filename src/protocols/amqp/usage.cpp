// Counts by name; a name without any has no entry.
#include "protocols/amqp/usage.hpp"

namespace weir::amqp {

bool Usage::is_full(const Counts& counts, const std::string& name, Limit limit) {
    if (!limit) return false;
    const auto at = counts.find(name);
    return (at == counts.end() ? 0 : at->second) >= *limit;
}

void Usage::subtract(Counts& counts, const std::string& name) {
    const auto at = counts.find(name);
    if (at != counts.end() && --at->second == 0) counts.erase(at);
}

Usage::Refusal Usage::enter(const std::string& user, const std::string& host, Limit user_limit,
                            Limit host_limit) {
    const std::lock_guard lock(mutex_);
    if (is_full(by_host_, host, host_limit)) return Refusal::host;
    if (is_full(by_user_, user, user_limit)) return Refusal::user;
    ++by_user_[user];
    ++by_host_[host];
    return Refusal::none;
}

void Usage::leave(const std::string& user, const std::string& host) {
    const std::lock_guard lock(mutex_);
    subtract(by_user_, user);
    subtract(by_host_, host);
}

bool Usage::open_channel(const std::string& user, Limit limit) {
    const std::lock_guard lock(mutex_);
    if (is_full(channels_, user, limit)) return false;
    ++channels_[user];
    return true;
}

void Usage::close_channel(const std::string& user) {
    const std::lock_guard lock(mutex_);
    subtract(channels_, user);
}

}  // namespace weir::amqp
