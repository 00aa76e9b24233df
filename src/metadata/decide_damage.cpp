// Decisions about replicas whose logs are damaged.
#include <set>

#include "metadata/cluster_requests.hpp"

namespace weir::metadata {

namespace {

// Whether another replica has all that is committed, and the partition does not wait for it in vain: where an
// unclean leader is allowed, one that is away is none to wait for.
bool has_better(const Partition& now, NodeId damaged, const ElectionRules& rules) {
    const auto is_better = [&](NodeId node) {
        if (node == damaged) return false;
        if (contains(now.in_sync, node)) return true;
        return contains(now.eligible, node) && (rules.is_live(node) || !rules.allows_unclean_leader);
    };
    return std::ranges::any_of(now.replicas, is_better);
}

Result<LeaderEpoch> count_out(const Catalogue& catalogue, const DamagedReplicas::Item& item, NodeId damaged,
                              PartitionChanges& changes) {
    const auto* topic = catalogue.find(item.topic);
    if (topic == nullptr)
        return Error{Errc::unknown_topic_id, fmt::format("there is no topic of id {}", item.topic.text())};
    const auto* now = topic->partition(item.partition);
    if (now == nullptr) return Error{Errc::not_found, "there is no such partition"};
    if (!contains(now->replicas, damaged))
        return Error{Errc::invalid_argument, "the node has no replica of this partition"};
    if (!has_better(*now, damaged, rules_for(catalogue, *topic)))
        return Error{Errc::no_eligible_leader, "no other replica is known to have all that is committed"};
    const auto changed = changes.add(*topic, item.partition, *now, damaged);
    if (!changed) return changed.error();
    return changed->leader_epoch;
}

}  // namespace

Result<Decision<DamagedReplicas::Reply>> decide(const Catalogue& catalogue, const DamagedReplicas& request) {
    if (request.items.size() > max_request_partitions)
        return Error{Errc::limit_exceeded, "a request tells of too many damaged replicas"};
    const auto* node = catalogue.node(request.start.node);
    if (node == nullptr) return Error{Errc::not_found, "the node is not registered"};
    if (node->broker_epoch != request.start.broker_epoch)
        return Error{Errc::stale_broker_epoch, "the node has started again since"};
    Decision<DamagedReplicas::Reply> out;
    PartitionChanges changes{catalogue};
    std::set<std::pair<Uuid, PartitionId>> seen;
    for (const auto& item : request.items) {
        out.reply.outcomes.push_back(
            seen.insert({item.topic, item.partition}).second
                ? count_out(catalogue, item, request.start.node, changes)
                : Error{Errc::invalid_argument, "the request names this partition twice"});
    }
    out.commands = std::move(changes).commands();
    return out;
}

}  // namespace weir::metadata
