// What clients and operators ask beyond records: changes of the metadata, made here by a node that is alone,
// by the leader in a cluster; and what this node holds.
#include "broker/node_broker.hpp"
#include "log/set_aside.hpp"

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

cluster::NodeDamage NodeBroker::damage_here() const {
    cluster::NodeDamage damage;
    damage.is_set_aside = log::has_set_aside(files_, options_.store.directory);
    for (const auto& [key, number] : store_->damaged()) {
        const auto log = store_->find(key);
        const auto what = log ? log->damage() : std::nullopt;
        if (!what) continue;
        ++damage.count;
        if (damage.replicas.size() >= cluster::max_listed_partitions) continue;
        const auto topic = topics_.find(key.topic_id);
        damage.replicas.push_back(
            {{topic ? topic->name() : key.topic_id.text(), key.partition}, what->first, what->until});
    }
    return damage;
}

void NodeBroker::describe_quorum(std::function<void(Result<metadata::Quorum>)> done) {
    if (cluster_) return cluster_->administration().describe_quorum(std::move(done));
    controller_->describe_quorum(
        [done = std::move(done)](metadata::Quorum quorum) { done(std::move(quorum)); });
}

}  // namespace weir::broker
