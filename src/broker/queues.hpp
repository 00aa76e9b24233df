// Queues for the doors: their declarations in the catalogue, their messages in the queue logs, and the way
// from an exchange to them.
#pragma once

#include <functional>

#include "broker/queue/queue_shards.hpp"
#include "broker/routing/router.hpp"
#include "broker/subscriptions.hpp"
#include "metadata/controller.hpp"
#include "metadata/topology_requests.hpp"

namespace weir::broker {

// Of a node that is alone: it leads all queue logs. Safe from any thread; callbacks come on any thread.
class Queues {
  public:
    struct Declared {
        topology::DeclareQueue::Reply reply;
        queue::QueueStatus status;
    };
    template <class T>
    using Done = std::function<void(Result<T>)>;

    Queues(metadata::MetadataController& controller, const Clock& clock, NodeId node,
           const SubscriptionSeams& seams);

    // What is routed by at the start; then follow() for each publication, on the controller's thread.
    void start(const topology::Topology& topology);
    void follow(const metadata::Published& published);
    // Removes what ended with this node's last process; once, before clients come.
    Result<void> drop_transients();
    queue::QueueShards& shards() { return shards_; }

    const routing::Router& router() const { return router_; }
    metadata::CataloguePtr catalogue() const { return controller_.catalogue(); }
    // Exchanges, bindings, virtual hosts, accounts. `done` comes when routing knows the outcome.
    template <class Request>
    void change(Request request, Done<typename Request::Reply> done) {
        controller_.submit(std::move(request), std::move(done));
    }
    // The shard in whose log the queue is; null if this node does not lead it.
    std::shared_ptr<queue::QueueShard> shard(QueueId queue) const { return shards_.find(queue); }

    // As the catalogue's request; a queue that agrees with what is there is made in its log unless it is
    // there. Errors: those of the request; invalid_argument (the configuration); those of a shard's step.
    // `first`: where a subscription begins, in each partition of its topic (Subscriptions::begin).
    void declare(topology::DeclareQueue request, queue::QueueConfig config, Done<Declared> done,
                 std::vector<queue::FeedRecord> first = {});
    // What is in the queue once all that came before is committed. not_found: its log has no such queue.
    void status(QueueId queue, Done<queue::QueueStatus> done);
    // Drops what is ready; how many there were. Errors: as of status().
    void purge(QueueId queue, Done<std::uint64_t> done);
    // From the log, then from the catalogue, with its bindings.
    void remove(topology::QueuePtr queue, bool if_unused, bool if_empty, Done<queue::CountReply> done);

    // Never the same twice while this process lives.
    queue::HolderId new_holder() { return queue::HolderId{++last_id_}; }
    queue::ConsumerId new_consumer() { return queue::ConsumerId{++last_id_}; }

  private:
    void on_ready(queue::QueueShard& shard);
    void on_deleted(QueueId queue, std::string_view name);

    metadata::MetadataController& controller_;
    const NodeId node_;
    routing::Router router_;
    Subscriptions subscriptions_;
    queue::QueueShards shards_;
    std::atomic<std::uint64_t> last_id_{0};
};

}  // namespace weir::broker
