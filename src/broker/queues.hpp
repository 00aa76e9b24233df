// Queues for the doors: their declarations in the catalogue, their messages in the queue logs, and the way
// from an exchange to them.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "broker/broker.hpp"
#include "broker/property_reader.hpp"
#include "broker/queue/queue_place.hpp"
#include "broker/queue/queue_shards.hpp"
#include "broker/routing/router.hpp"
#include "broker/subscriptions.hpp"
#include "broker/turn_writers.hpp"
#include "metadata/controller.hpp"
#include "metadata/topology_requests.hpp"

namespace weir::broker {

// Safe from any thread; callbacks come on any thread.
class Queues {
  public:
    using Executors = std::vector<std::unique_ptr<runtime::ReactorExecutor>>;
    using PlacePtr = std::shared_ptr<queue::QueuePlace>;
    struct Declared {
        topology::DeclareQueue::Reply reply;
        queue::QueueStatus status;
    };
    template <class T>
    using Done = std::function<void(Result<T>)>;

    // Must not be used before the broker has its controller.
    // `remote`: the present leader of a log that this node does not lead; null: nobody, or it is not known.
    // `reader` is of the door whose messages are in the queues, and outlives them; null: nothing is read.
    using FindRemote = std::function<std::shared_ptr<queue::QueueLeader>(PartitionId)>;
    Queues(Broker& broker, FindRemote remote, const SubscriptionSeams& seams, const PropertyReader* reader);

    // What is routed by at the start; then follow() for each publication, on the controller's thread. Queues
    // that went with their node or connection leave their logs, too.
    void start(const topology::Topology& topology);
    void follow(const metadata::Published& published);
    // Removes what ended with this node's last process; once, before clients come. Waits for it.
    Result<void> drop_transients(bool with_exchanges);
    queue::QueueShards& shards() { return shards_; }
    // The queue logs' number, which never changes; their places use the executors in turn. By whoever follows
    // the catalogue.
    void set_places(std::int32_t count, const Executors& executors);
    // Another node leads the log, or nobody. After that node's shards know.
    void on_new_leader(PartitionId partition);

    const routing::Router& router() const { return router_; }
    metadata::CataloguePtr catalogue() const { return broker_.controller().catalogue(); }
    // Exchanges, bindings, virtual hosts, accounts. `done` comes when routing knows the outcome.
    template <class Request>
    void change(Request request, Done<typename Request::Reply> done) {
        broker_.change(std::move(request), std::move(done));
    }
    // The log that the queue is in, wherever it is led; null while there are none.
    const PlacePtr& place(QueueId queue) const;

    // As the catalogue's request; a queue that agrees with what is there is made in its log unless it is
    // there, as its arguments and the policies say. Errors: those of the request; invalid_argument (the
    // configuration); those of a place's request; of a subscription those of Subscriptions::begin().
    void declare(topology::DeclareQueue request, Done<Declared> done,
                 std::optional<SubscriptionBegin> begin = std::nullopt);
    // What is in the queue once all that came before is committed. not_found: its log has no such queue.
    void status(QueueId queue, Done<queue::QueueStatus> done);
    // Drops what is ready; how many there were. Errors: as of status().
    void purge(QueueId queue, Done<std::uint64_t> done);
    // From the log, then from the catalogue, with its bindings.
    void remove(topology::QueuePtr queue, bool if_unused, bool if_empty, Done<queue::CountReply> done);

    // Of a queue that keeps what is acknowledged. Errors: as of status(); not_found also if it does not.
    void read(const queue::ReadRequest& request, Done<queue::ReadReply> done);
    // The messages, of which there must be one, as records of a topic, with their numbers as offsets.
    Bytes batch_of(const queue::ReadReply& reply, std::string_view topic) const;

    // Where a delayed message waits that goes to topics: a queue of a log that the dice choose, of which the
    // catalogue knows nothing. What comes into it is routed anew, from its relayed_exchange(), and goes to
    // the topics that it is delayed for.
    QueueId relay(std::uint64_t dice) const;

    // Never the same twice while this process lives, nor another node's.
    queue::HolderId new_holder() { return queue::HolderId{new_id()}; }
    queue::ConsumerId new_consumer() { return queue::ConsumerId{new_id()}; }

  private:
    std::shared_ptr<queue::QueueLeader> leader_of(PartitionId partition) const;
    template <class Request>
    void ask(Request request, Done<typename Request::Reply> done);
    void declare_from(topology::DeclareQueue request, const Done<Declared>& done,
                      std::vector<queue::FeedRecord> first);
    using ShardPtr = queue::QueueShards::ShardPtr;

    std::uint64_t new_id() { return static_cast<std::uint64_t>(broker_.node().value) << 40 | ++last_id_; }
    void on_ready(queue::QueueShard& shard);
    void remove_gone(const topology::Changes& changes) const;
    static void remove_all(queue::QueueShard& shard, std::vector<QueueId> queues);
    void on_deleted(QueueId queue, std::string_view name);

    // queue_upkeep.cpp
    struct Carrying;
    void on_dead(queue::QueueShard& shard, const queue::DeadMessage& dead);
    void make_relay(queue::QueueShard& shard) const;
    void send_on(queue::QueueShard& shard, queue::DeadMessage message);
    void carry(queue::QueueShard& shard, const queue::DeadMessage& dead, const Carrying& carrying);
    void add_named_topics(const queue::DeadMessage& dead, Carrying& carrying) const;
    message::Record record_of(const queue::StoredMessage& message, std::string_view topic,
                              std::int64_t time_ms) const;
    queue::QueueConfig config_of(const topology::Queue& queue) const;
    void apply_policies(const topology::Changes& changes) const;
    void configure_queues(queue::QueueShard& shard, const std::set<std::string>& hosts) const;

    Broker& broker_;
    const FindRemote remote_;
    const PropertyReader* const reader_;
    routing::Router router_;
    Subscriptions subscriptions_;
    TurnWriters writers_;
    queue::QueueShards shards_;
    std::vector<PlacePtr> places_;  // by partition; changed once, before has_places_
    std::atomic<bool> has_places_{false};
    std::atomic<std::uint64_t> last_id_{0};
};

}  // namespace weir::broker
