// What one channel holds: consumers, messages and publishes that wait for acknowledgements.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/queue/queue_place.hpp"
#include "protocols/amqp/stream_consumer.hpp"
#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

// Deliveries of one consumer that are on their way to the client's socket, at most.
inline constexpr std::uint64_t consumer_credit = 512;

inline constexpr QueueId lost_queue{queue_id_limit};

struct ChannelState {
    using Place = std::shared_ptr<queue::QueuePlace>;
    struct Subscription {
        queue::ConsumerId id;
        QueueId queue;
        Place place;
        std::uint64_t sent = 0;  // since credit was last given
    };
    struct Confirms {
        bool is_on = false;
        std::uint64_t last = 0;             // number of a publish
        std::set<std::uint64_t> waiting{};  // for the queues
        std::set<std::uint64_t> done{};     // the client has not been told
        bool flush_queued = false;
    };

    queue::HolderId holder;             // also tells this channel from a later one of the same number
    std::string last_queue;             // that was declared
    std::uint16_t prefetch = 0;         // of consumers to come
    std::uint16_t shared_prefetch = 0;  // of all consumers together
    std::uint64_t last_tag = 0;
    // By delivery tag; of the queue `lost_queue`: whose leader was lost, so that it is others' by now.
    std::map<std::uint64_t, queue::Source> unacked;
    std::map<std::string, Subscription, std::less<>> consumers;
    std::unordered_map<queue::ConsumerId, std::string> tags;
    std::deque<queue::Arrival> waiting;  // for the client to take what it was sent
    std::set<Place> places;              // that know the holder
    Confirms confirms;
    std::map<std::string, std::shared_ptr<StreamConsumer>, std::less<>> streams;  // by consumer tag
    std::map<std::uint64_t, std::string> stream_unacked;  // consumer tags by delivery tag

    bool has_tag(std::string_view consumer_tag) const {
        return consumers.contains(consumer_tag) || streams.contains(consumer_tag);
    }
};

}  // namespace weir::amqp
