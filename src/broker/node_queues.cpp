// What this node does for queues beyond its own: transient ones end with their nodes, and the queue logs get
// more replicas when there are more nodes.
#include "base/log_line.hpp"
#include "broker/node_broker.hpp"
#include "broker/queue_replicas.hpp"

namespace weir::broker {

namespace {

constexpr std::size_t queue_memory_bytes = std::size_t{256} << 20;  // for what other nodes' queues deliver
constexpr std::uint32_t queue_stream = 3;
constexpr std::uint32_t topic_stream = 4;
constexpr std::size_t max_forwarded_bytes = std::size_t{64} << 20;  // of replies; more are dropped
constexpr std::int64_t reply_timeout_ms = 5000;

// Each request is answered once, by whoever the handler gives the answer to.
template <class Handler>
void serve(rpc::Methods& methods, rpc::Method method, Handler handler) {
    methods.on_request(method, [handler](const std::shared_ptr<rpc::Request>& request) {
        handler(request->from(), request->body(), [request](Result<Bytes> answer) {
            answer ? request->reply(std::move(*answer)) : request->fail(answer.error());
        });
    });
}

}  // namespace

void NodeBroker::open_queue_links(const rpc::LocalNode& self, rpc::Methods& methods) {
    queue_memory_ = std::make_unique<runtime::MemoryBudget>(queue_memory_bytes);
    auto& reactor = queue_thread_.at(0);
    queue_executor_ = std::make_unique<runtime::ReactorExecutor>(reactor);
    queue_peers_ = std::make_unique<cluster::Links>(
        self, cluster::LinkSeams{reactor, *queue_memory_, clock_, random_}, queue_stream);
    topic_peers_ = std::make_unique<cluster::Links>(
        self, cluster::LinkSeams{reactor, *queue_memory_, clock_, random_}, topic_stream);
    topic_server_ = std::make_unique<TopicServer>(topics_, hub_, pool_, clock_);
    TopicLeaders::add_methods(methods, *topic_server_, [this] { return is_usable(); });
    serve(methods, group_position_method, [this](NodeId, ByteView body, auto done) {
        const auto position = decode_group_position(body);
        if (!position) return done(position.error());
        if (!is_usable()) return done(Error{Errc::not_coordinator, "this node has only just begun"});
        GroupPositions::take(*groups_, *position,
                             [done](const Result<void>& told) { told ? done(Bytes{}) : done(told.error()); });
    });
    queue_links_ = std::make_unique<QueueLinks>(QueueLinkOptions{}, *queue_peers_, *queue_executor_, random_);
    queue_server_ = std::make_unique<QueueServer>(
        QueueServerOptions{}, *metadata_executor_, clock_,
        [this](PartitionId partition, LeaderEpoch epoch) -> std::shared_ptr<queue::QueueLeader> {
            const auto shard = queues_->shards().find(partition);
            if (!shard || shard->epoch() != epoch) return nullptr;
            return std::make_shared<queue::LocalLeader>(shard);
        });
    serve(methods, queue_requests_method, [this](NodeId from, ByteView body, const auto& done) {
        queue_server_->on_requests(from, body, done);
    });
    serve(methods, queue_events_method, [this](NodeId from, ByteView body, auto done) {
        queue_server_->on_events_wanted(from, body, std::move(done));
    });
    serve(methods, reply_method, [this](NodeId, ByteView body, const auto& done) {
        const auto reply = decode_reply(body);
        if (!reply) return done(reply.error());
        if (queues_) replies_->deliver(reply->address, reply->message);
        done(Bytes{});
    });
}

// What can't be brought there is lost, as replies are for which nobody waits any more.
void NodeBroker::forward_reply(NodeId node, const std::string& address,
                               const ReplyAddresses::MessagePtr& message) {
    if (!queue_links_) return;
    const auto bytes = message->content_bytes();
    if (forwarded_bytes_.fetch_add(bytes) + bytes > max_forwarded_bytes) {
        forwarded_bytes_ -= bytes;
        return;
    }
    queue_executor_->post([this, node, bytes, body = encode_reply(address, message)]() mutable {
        queue_peers_->call(node, reply_method, std::move(body), reply_timeout_ms,
                           [this, bytes](const auto&) { forwarded_bytes_ -= bytes; });
    });
}

std::shared_ptr<queue::QueueLeader> NodeBroker::remote_queues(PartitionId partition) const {
    if (!queue_links_) return nullptr;
    const auto catalogue = controller_->catalogue();
    const auto* topic = catalogue->find(queue::queues_topic);
    const auto* now = topic ? topic->partition(partition) : nullptr;
    if (now == nullptr || now->leader == metadata::no_node || now->leader == node_) return nullptr;
    return queue_links_->leader(now->leader, partition, now->leader_epoch);
}

// What their clients held goes back to the queues.
void NodeBroker::release_lost_nodes(const metadata::Published& published) {
    for (const auto& [id, before] : published.before->nodes()) {
        const auto* now = published.now->node(id);
        const bool is_lost = now == nullptr || now->broker_epoch != before.broker_epoch ||
                             (now->is_fenced && !before.is_fenced);
        if (is_lost && id != node_) queue_server_->end_session(id);
    }
}

// In a cluster exchanges that are not durable live on: others may use them.
Result<void> NodeBroker::prepare_queues() {
    if (auto dropped = queues_->drop_transients(cluster_ == nullptr); !dropped) return dropped;
    return create_topic_once(std::string{queue::queues_topic});
}

// As the node that leads the metadata.
void NodeBroker::look_after_queues(const metadata::Published& published) {
    if (published.changes.nodes) {
        for (const auto& [id, node] : published.now->nodes()) {
            const auto* before = published.before->node(id);
            if (node.is_fenced && before != nullptr && !before->is_fenced) drop_transients_of(id);
        }
    }
    const bool is_changed =
        published.changes.nodes || published.changes.broker_settings || !published.changes.topics.empty();
    if (!is_changed || is_growing_queues_) return;
    auto items = grow_queue_logs(*published.now);
    if (items.empty()) return;
    is_growing_queues_ = true;
    log_info("{} queue logs get more replicas", items.size());
    controller_->submit(metadata::ReassignPartitions{.items = std::move(items)},
                        [this](const auto&) { is_growing_queues_ = false; });
}

// It may be that only its connections to this node are lost: what clients still have there is cancelled.
void NodeBroker::drop_transients_of(NodeId node) {
    controller_->submit(topology::DropTransients{node, false}, [this, node](const auto& dropped) {
        const auto catalogue = controller_->catalogue();
        const auto* now = catalogue->node(node);
        if (dropped && dropped->has_more && now != nullptr && now->is_fenced) drop_transients_of(node);
    });
}

}  // namespace weir::broker
