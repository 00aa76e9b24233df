// The table of those who wait.
#include "protocols/amqp/direct_replies.hpp"

namespace weir::amqp {

std::string_view direct_reply_token(std::string_view key) {
    const bool is_address = key.starts_with(direct_reply_queue) && key.size() > direct_reply_queue.size() &&
                            key[direct_reply_queue.size()] == '.';
    return is_address ? key.substr(direct_reply_queue.size() + 1) : std::string_view{};
}

void DirectReplies::add(std::string token, Deliver deliver) {
    const std::lock_guard lock(mutex_);
    by_token_[std::move(token)] = std::move(deliver);
}

void DirectReplies::remove(const std::string& token) {
    const std::lock_guard lock(mutex_);
    by_token_.erase(token);
}

bool DirectReplies::has(std::string_view token) const {
    const std::lock_guard lock(mutex_);
    return by_token_.contains(std::string{token});
}

void DirectReplies::deliver(std::string_view token, const MessagePtr& message) const {
    Deliver deliver;
    {
        const std::lock_guard lock(mutex_);
        const auto at = by_token_.find(std::string{token});
        if (at == by_token_.end()) return;
        deliver = at->second;
    }
    deliver(message);
}

}  // namespace weir::amqp
