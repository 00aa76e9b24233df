// The table of those who wait here, and the way to the others.
#include "broker/reply_addresses.hpp"

#include <charconv>

namespace weir::broker {

std::optional<NodeId> node_of_address(std::string_view address) {
    NodeId node{0};
    const auto* end = address.data() + address.size();
    const auto number = std::from_chars(address.data(), end, node.value);
    const bool is_one = number.ec == std::errc{} && number.ptr != end && *number.ptr == '.' && node.value > 0;
    return is_one ? std::optional{node} : std::nullopt;
}

std::string ReplyAddresses::add(std::string_view secret, Deliver deliver) {
    auto address = fmt::format("{}.{}", self_.value, secret);
    const std::lock_guard lock(mutex_);
    by_address_[address] = std::move(deliver);
    return address;
}

void ReplyAddresses::remove(const std::string& address) {
    const std::lock_guard lock(mutex_);
    by_address_.erase(address);
}

bool ReplyAddresses::has(std::string_view address) const {
    const std::lock_guard lock(mutex_);
    return by_address_.contains(std::string{address});
}

void ReplyAddresses::deliver(std::string_view address, const MessagePtr& message) const {
    const auto node = node_of_address(address);
    if (!node) return;
    if (*node != self_) {
        if (forward_) forward_(*node, std::string{address}, message);
        return;
    }
    Deliver deliver;
    {
        const std::lock_guard lock(mutex_);
        const auto at = by_address_.find(std::string{address});
        if (at == by_address_.end()) return;
        deliver = at->second;
    }
    deliver(message);
}

}  // namespace weir::broker
