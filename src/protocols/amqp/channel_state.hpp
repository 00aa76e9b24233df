// What one channel holds: consumers, messages and publishes that wait for acknowledgements.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/live_connections.hpp"
#include "broker/queue/queue_place.hpp"
#include "protocols/amqp/confirms.hpp"
#include "protocols/amqp/stream_consumer.hpp"
#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

// Deliveries of one consumer that are on their way to the client's socket, at most.
inline constexpr std::uint64_t consumer_credit = 512;

// A message that the client has not settled; of the queue `lost_queue` if the leader of its log was lost,
// so that it is others' by now.
struct UnackedMessage {
    queue::Source message;
    bool is_consumed = true;      // not asked for one by one: it counts for the shared prefetch
    std::int64_t timeout_ms = 0;  // for how long the client may keep it; 0: for ever
    std::int64_t since_ms = 0;    // monotonic clock

    bool is_late(std::int64_t now_ms) const { return timeout_ms > 0 && now_ms - since_ms >= timeout_ms; }
};

// What a client has asked for in a transactional channel since it last committed.
struct ChannelTransaction {
    struct Publish {
        std::string exchange;
        std::string key;
        bool mandatory = false;
        Bytes properties;
        Bytes body;
    };
    struct Settlement {
        std::uint64_t tag = 0;
        UnackedMessage unacked;
        queue::Verdict verdict = queue::Verdict::accept;
    };
    std::vector<Publish> publishes;
    std::vector<Settlement> settlements;
    std::size_t bytes = 0;  // that it takes here
};

// Of messages that are nobody's any more, and of direct replies, which are in no queue.
inline constexpr QueueId lost_queue{queue_id_limit};

struct ChannelState {
    using Transaction = ChannelTransaction;
    using Unacked = UnackedMessage;
    using Place = std::shared_ptr<queue::QueuePlace>;
    struct Subscription {
        queue::ConsumerId id;
        QueueId queue;
        Place place;
        std::uint64_t sent = 0;       // since credit was last given
        std::int64_t timeout_ms = 0;  // for acknowledgements; 0: none
        broker::LiveConsumer facts{};
    };
    // The consumer of direct replies.
    struct Replies {
        std::string tag;
        std::string reply_to;                  // its address, as clients know it
        std::deque<queue::Arrival> waiting{};  // for the client to take what it was sent
    };
    queue::HolderId holder;             // also tells this channel from a later one of the same number
    std::string last_queue;             // that was declared
    std::uint16_t prefetch = 0;         // of consumers to come
    std::uint16_t shared_prefetch = 0;  // of all consumers together
    std::uint64_t last_tag = 0;
    std::map<std::uint64_t, Unacked> unacked;  // by delivery tag
    std::size_t consumed = 0;                  // of these
    std::map<std::string, Subscription, std::less<>> consumers;
    std::unordered_map<queue::ConsumerId, std::string> tags;
    std::deque<queue::Arrival> waiting;  // for the client to take or to settle what it was sent
    std::set<Place> places;              // that know the holder
    Confirms confirms;
    std::optional<Replies> replies;
    std::optional<Transaction> transaction;  // nothing: the channel is not transactional
    std::map<std::string, std::shared_ptr<StreamConsumer>, std::less<>> streams;  // by consumer tag
    std::map<std::uint64_t, std::string> stream_unacked;  // consumer tags by delivery tag

    bool has_tag(std::string_view consumer_tag) const {
        return consumers.contains(consumer_tag) || streams.contains(consumer_tag);
    }
    // All logs together may send more than the shared prefetch allows, each by itself as much.
    bool has_room() const { return shared_prefetch == 0 || consumed < shared_prefetch; }
    void add(std::uint64_t tag, const Unacked& one) {
        unacked.emplace(tag, one);
        consumed += one.is_consumed ? 1 : 0;
    }
    using UnackedRange = std::ranges::subrange<std::map<std::uint64_t, Unacked>::iterator>;
    // Those that a delivery tag means; 0 with `multiple`: all.
    UnackedRange meant_by(std::uint64_t tag, bool multiple) {
        if (multiple) return {unacked.begin(), tag == 0 ? unacked.end() : unacked.upper_bound(tag)};
        const auto at = unacked.find(tag);
        return {at, at == unacked.end() ? at : std::next(at)};
    }
    // They are settled.
    void remove(UnackedRange settled) {
        for (const auto& [tag, one] : settled) consumed -= one.is_consumed ? 1 : 0;
        unacked.erase(settled.begin(), settled.end());
    }
};

}  // namespace weir::amqp
