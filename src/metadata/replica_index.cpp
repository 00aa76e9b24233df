// Keeping the index: per change, one edit of each node that it touches.
#include "metadata/replica_index.hpp"

namespace weir::metadata {

namespace {

// What a change comes to for one node.
struct NodeEdit {
    std::vector<PartitionId> gained, lost;
    std::size_t preferred_gained = 0, preferred_lost = 0;
};

std::map<NodeId, NodeEdit> edits_of(const std::vector<ReplicaChange>& changes) {
    std::map<NodeId, NodeEdit> out;
    for (const auto& [partition, before, after] : changes) {
        if (before != nullptr) {
            for (const auto node : *before) {
                if (after == nullptr || !contains(*after, node)) out[node].lost.push_back(partition);
            }
            ++out[before->front()].preferred_lost;
        }
        if (after == nullptr) continue;
        for (const auto node : *after) {
            if (before == nullptr || !contains(*before, node)) out[node].gained.push_back(partition);
        }
        ++out[after->front()].preferred_gained;
    }
    return out;
}

NodeReplicas edited(NodeReplicas node, const Uuid& topic, const NodeEdit& edit) {
    const auto hash = topic_id_hash(topic);
    const auto is_it = [&](const TopicReplicas& entry) { return entry.topic == topic; };
    const auto* old = node.topics.find(hash, is_it);
    std::vector<PartitionId> rest, all;
    if (old != nullptr) std::ranges::set_difference(old->partitions, edit.lost, std::back_inserter(rest));
    std::ranges::set_union(rest, edit.gained, std::back_inserter(all));
    if (all.empty()) {
        node.topics.erase(hash, is_it);
    } else if (!edit.gained.empty() || !edit.lost.empty()) {
        node.topics.put(hash, std::make_shared<const TopicReplicas>(topic, std::move(all)), is_it);
    }
    node.replicas += edit.gained.size() - edit.lost.size();
    node.preferred += edit.preferred_gained - edit.preferred_lost;
    return node;
}

const NodeReplicas no_replicas;

}  // namespace

void ReplicaIndex::add(const Topic& topic, std::size_t first) {
    std::vector<ReplicaChange> changes;
    for (auto i = first; i < topic.partitions->size(); ++i)
        changes.push_back(
            {PartitionId{static_cast<std::int32_t>(i)}, nullptr, &(*topic.partitions)[i].replicas});
    change(topic.id, changes);
}

void ReplicaIndex::remove(const Topic& topic) {
    std::vector<ReplicaChange> changes;
    for (std::size_t i = 0; i < topic.partitions->size(); ++i)
        changes.push_back(
            {PartitionId{static_cast<std::int32_t>(i)}, &(*topic.partitions)[i].replicas, nullptr});
    change(topic.id, changes);
}

void ReplicaIndex::change(const Uuid& topic, const std::vector<ReplicaChange>& changes) {
    const auto edits = edits_of(changes);
    if (edits.empty()) return;
    auto nodes = *nodes_;
    for (const auto& [node, edit] : edits) {
        auto next = edited(of(node), topic, edit);
        if (next.replicas == 0) {
            nodes.erase(node);
        } else {
            nodes[node] = std::make_shared<const NodeReplicas>(std::move(next));
        }
    }
    nodes_ = std::make_shared<const Map>(std::move(nodes));
}

const NodeReplicas& ReplicaIndex::of(NodeId node) const {
    const auto at = nodes_->find(node);
    return at != nodes_->end() ? *at->second : no_replicas;
}

}  // namespace weir::metadata
