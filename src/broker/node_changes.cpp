// What clients and operators ask beyond records: changes of the metadata, made here by a node that is alone,
// by the leader in a cluster; and what this node holds.
#include "broker/node_broker.hpp"

namespace weir::broker {

void NodeBroker::change_any(metadata::AnyRequest any, std::function<void(Result<metadata::AnyReply>)> done) {
    if (cluster_) return cluster_->administration().submit(std::move(any), std::move(done));
    std::visit(
        [&]<class Request>(Request& request) {
            controller_->submit(std::move(request),
                                [done = std::move(done)](Result<typename Request::Reply> reply) {
                                    if (!reply) return done(reply.error());
                                    done(metadata::AnyReply{std::move(*reply)});
                                });
        },
        any);
}

cluster::ReplicaSizes NodeBroker::replica_sizes(const std::vector<cluster::PartitionKey>& keys) const {
    cluster::ReplicaSizes sizes;
    for (const auto& key : keys) {
        const auto topic = topics_.find(key.topic);
        const auto partition = topic ? topic->partition(key.partition) : nullptr;
        const auto log = partition ? partition->log() : nullptr;
        sizes.push_back(log ? std::optional{log->size_bytes()} : std::nullopt);
    }
    return sizes;
}

void NodeBroker::describe_quorum(std::function<void(Result<metadata::Quorum>)> done) {
    if (cluster_) return cluster_->administration().describe_quorum(std::move(done));
    controller_->describe_quorum(
        [done = std::move(done)](metadata::Quorum quorum) { done(std::move(quorum)); });
}

}  // namespace weir::broker
