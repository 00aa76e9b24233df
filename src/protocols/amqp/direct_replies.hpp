// Who waits for direct replies on this node: addresses that are no queues, and the channels behind them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "broker/queue/queue_message.hpp"

namespace weir::amqp {

// The pseudo-queue that a client consumes from to get replies; an address is this, a dot and a token.
inline constexpr std::string_view direct_reply_queue = "amq.rabbitmq.reply-to";

// "": the key is no address.
std::string_view direct_reply_token(std::string_view key);

// Safe from any thread.
class DirectReplies {
  public:
    using MessagePtr = queue::MessagePtr;
    // Called on any thread; hands the message on to the channel's own.
    using Deliver = std::function<void(const MessagePtr&)>;

    void add(std::string token, Deliver deliver);
    void remove(const std::string& token);
    bool has(std::string_view token) const;
    // Nothing happens if nobody waits there any more.
    void deliver(std::string_view token, const MessagePtr& message) const;

  private:
    mutable std::mutex mutex_;  // guards the table
    std::unordered_map<std::string, Deliver> by_token_;
};

}  // namespace weir::amqp
