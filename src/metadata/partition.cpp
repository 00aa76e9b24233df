// What holds of every partition, and of every change of one.
#include "metadata/partition.hpp"

#include <fmt/format.h>

namespace weir::metadata {

namespace {

bool has_repeats(NodeList list) {
    std::ranges::sort(list);
    return std::ranges::adjacent_find(list) != list.end();
}

// Whether `list` is what `replicas` has of it, in that order.
bool is_sublist(const NodeList& list, const NodeList& replicas) {
    auto at = replicas.begin();
    return std::ranges::all_of(list, [&](NodeId node) {
        at = std::find(at, replicas.end(), node);
        return at != replicas.end() && at++ != replicas.end();
    });
}

Error bad_partition(std::string_view what) {
    return {Errc::corrupt, fmt::format("a partition {}", what)};
}

Result<void> check_reassignment(const Partition& partition) {
    if (!partition.is_reassigning()) {
        if (!partition.adding.empty()) return bad_partition("adds replicas without a target");
        return {};
    }
    if (has_repeats(partition.target)) return bad_partition("has a target with a node twice");
    const auto is_known = [&](NodeId node) { return contains(partition.replicas, node); };
    const auto is_wanted = [&](NodeId node) { return contains(partition.target, node); };
    if (!std::ranges::all_of(partition.target, is_known))
        return bad_partition("has a target beyond its replicas");
    if (!std::ranges::all_of(partition.adding, is_wanted))
        return bad_partition("adds replicas that it won't keep");
    if (partition.adding.size() == partition.replicas.size()) return bad_partition("has only new replicas");
    return {};
}

}  // namespace

NodeList Partition::removing() const {
    if (target.empty()) return {};
    return kept(replicas, [&](NodeId node) { return !contains(target, node); });
}

NodeList Partition::original() const {
    return kept(replicas, [&](NodeId node) { return !contains(adding, node); });
}

std::size_t min_in_sync(const Partition& partition, std::int32_t setting) {
    const auto replicas = partition.replicas.size() - partition.adding.size();
    return std::clamp<std::size_t>(static_cast<std::size_t>(std::max(setting, 1)), 1,
                                   std::max<std::size_t>(replicas, 1));
}

Result<void> check_partition(const Partition& partition) {
    const auto& replicas = partition.replicas;
    if (replicas.empty() || replicas.size() > max_replicas || has_repeats(replicas))
        return bad_partition("has no replicas, too many, or one twice");
    for (const auto* list :
         {&partition.in_sync, &partition.adding, &partition.eligible, &partition.last_known}) {
        if (!is_sublist(*list, replicas))
            return bad_partition("has a list of nodes that is not one of its replicas");
    }
    if (partition.in_sync.empty() ? partition.leader != no_node
                                  : !contains(partition.in_sync, partition.leader))
        return bad_partition("is led by a node that is not in sync");
    if (std::ranges::any_of(partition.eligible,
                            [&](NodeId node) { return contains(partition.in_sync, node); }))
        return bad_partition("has a replica that is in sync and eligible");
    if (partition.in_sync.empty() && partition.eligible.empty())
        return bad_partition("has no replica that could lead");
    return check_reassignment(partition);
}

bool begins_leader_epoch(const Partition& before, const Partition& after) {
    return after.leader != before.leader ||
           !std::ranges::all_of(before.replicas, [&](NodeId node) { return contains(after.replicas, node); });
}

Result<void> check_step(const Partition& before, const Partition& after) {
    if (std::int64_t{after.partition_epoch.value} != std::int64_t{before.partition_epoch.value} + 1)
        return bad_partition("changes without its epoch growing by one");
    const auto grown = std::int64_t{after.leader_epoch.value} - before.leader_epoch.value;
    if (grown != 1 && (grown != 0 || begins_leader_epoch(before, after)))
        return bad_partition("has a leader epoch that does not count its leaders");
    return check_partition(after);
}

bool is_unclean_election(const Partition& before, const Partition& after) {
    return after.recovery == LeaderRecovery::recovering && after.leader != before.leader &&
           after.leader != no_node && !contains(before.in_sync, after.leader) &&
           !contains(before.eligible, after.leader);
}

}  // namespace weir::metadata
