// Where a dead letter goes, and what it tells of its death: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/property_reader.hpp"
#include "broker/queue/queue_message.hpp"
#include "broker/routing/routing_table.hpp"

namespace weir::broker {

// Where a queue's dead letters are published to: an exchange, with a key of their own or the messages' own.
struct DeadLetterTarget {
    std::string exchange;
    std::optional<std::string> key;
    bool operator==(const DeadLetterTarget&) const = default;
};
// As a queue's configuration holds it.
std::string encode(const DeadLetterTarget& target);
DeadLetterTarget decode_dead_letter_target(std::string_view text);

// A queue's name in its log: its virtual host's, a zero, and its own.
std::string log_name(const topology::Queue& queue);
struct HostAndName {
    std::string_view host;
    std::string_view name;
};
HostAndName split_log_name(std::string_view name);

struct Burial {
    queue::ReferRequest request;  // without targets
    std::vector<QueueId> targets;
    std::vector<std::string> topics{};  // neither: it is dropped
};
// `table`: of the queue's virtual host; null if that is gone. Queues that the message has died in before are
// no targets, unless a consumer has rejected it meanwhile. Topics are those that exchanges are bound to.
Burial bury(const queue::DeadMessage& dead, const MessageFacts& facts, const routing::RoutingTable* table,
            std::int64_t now_ms, std::uint64_t dice);

// What an exchange is called by the delayed messages that wait for topics, of whatever virtual host: those of
// "/" by their own names, as the topics are.
std::string relayed_exchange(std::string_view host, std::string_view exchange);
HostAndName split_relayed_exchange(std::string_view name);
// The topics that a message which was delayed goes to now.
std::vector<std::string> delayed_topics(const routing::RoutingTable& table,
                                        const queue::StoredMessage& message, const MessageFacts& facts);

// The message as it is published anew.
queue::StoredMessage exhumed(const queue::StoredMessage& message, const queue::ReferRequest& request);

}  // namespace weir::broker
