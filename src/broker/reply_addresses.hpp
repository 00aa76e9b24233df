// Addresses at which somebody waits for replies, on this node or on another.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/ids.hpp"
#include "broker/queue/queue_message.hpp"

namespace weir::broker {

// A reply goes straight to whoever waits, and is kept nowhere: it may be lost where a queue's message would
// not. An address is its node's number, a dot and a secret. Safe from any thread.
class ReplyAddresses {
  public:
    using MessagePtr = queue::MessagePtr;
    // Called on any thread; hands the message on to its own.
    using Deliver = std::function<void(const MessagePtr&)>;
    using Forward = std::function<void(NodeId, const std::string& address, const MessagePtr&)>;

    // `forward`: to the nodes that other addresses are of; without it such replies are dropped.
    explicit ReplyAddresses(NodeId self, Forward forward = nullptr)
        : self_(self), forward_(std::move(forward)) {}

    // `secret`: nobody may guess it. Gives the address.
    std::string add(std::string_view secret, Deliver deliver);
    void remove(const std::string& address);
    // Of this node.
    bool has(std::string_view address) const;
    // Nothing happens if nobody waits there any more.
    void deliver(std::string_view address, const MessagePtr& message) const;

  private:
    const NodeId self_;
    const Forward forward_;
    mutable std::mutex mutex_;  // guards the table
    std::unordered_map<std::string, Deliver> by_address_;
};

// nullopt: the text is no address.
std::optional<NodeId> node_of_address(std::string_view address);

}  // namespace weir::broker
