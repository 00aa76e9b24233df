// Decisions about partitions: in-sync sets, elections and reassignments that are asked for.
#include <set>

#include "metadata/cluster_requests.hpp"

namespace weir::metadata {

namespace {

Result<void> check_count(std::size_t count) {
    if (count <= max_request_partitions) return {};
    return Error{Errc::limit_exceeded,
                 fmt::format("one request can be about {} partitions at most", max_request_partitions)};
}

// A partition that a request names.
struct Found {
    const Topic* topic;
    const Partition* partition;
};
Result<Found> find(const Catalogue& catalogue, const TopicPartition& named) {
    const auto* topic = catalogue.find(named.topic);
    if (topic == nullptr) {
        return Error{Errc::not_found,
                     fmt::format("there is no topic '{}'",
                                 std::string_view{named.topic}.substr(0, max_topic_name_bytes))};
    }
    const auto* partition = topic->partition(named.partition);
    if (partition == nullptr) {
        return Error{Errc::not_found,
                     fmt::format("topic '{}' has no partition {}", topic->name, named.partition.value)};
    }
    return Found{topic, partition};
}

const Error named_twice{Errc::invalid_argument, "the request names this partition twice"};

Result<void> without_value(const Result<Partition>& changed) {
    if (!changed) return changed.error();
    return {};
}

// AlterPartitions

Result<void> check_epochs(const Partition& now, const AlterPartitions::Item& item, NodeId leader) {
    if (item.leader_epoch < now.leader_epoch)
        return Error{Errc::fenced_leader_epoch, "the partition has had another leader since"};
    if (item.leader_epoch > now.leader_epoch)
        return Error{Errc::unknown_leader_epoch, "the partition is not at that leader epoch yet"};
    if (now.leader != leader) return Error{Errc::not_leader, "the partition is not led by this node"};
    if (item.partition_epoch != now.partition_epoch)
        return Error{Errc::stale_partition_epoch, "the partition has changed since: read it again"};
    return {};
}

Result<void> check_member(const Catalogue& catalogue, const Partition& now, const NodeStart& member) {
    const auto* node = catalogue.node(member.node);
    const auto ineligible = [&](std::string_view why) {
        return Error{Errc::ineligible_replica,
                     fmt::format("node {} can't be in the in-sync set: it {}", member.node.value, why)};
    };
    if (node == nullptr || node->is_fenced) return ineligible("is fenced");
    if (node->broker_epoch != member.broker_epoch) return ineligible("has started again");
    if (!node->is_usable() && !contains(now.in_sync, member.node)) return ineligible("is being drained");
    return {};
}

Result<NodeList> proposed_in_sync(const Catalogue& catalogue, const Partition& now,
                                  const AlterPartitions::Item& item) {
    NodeList out;
    for (const auto& member : item.in_sync) {
        if (contains(out, member.node) || !contains(now.replicas, member.node))
            return Error{Errc::invalid_argument,
                         "an in-sync set has replicas of the partition only, each once"};
        if (auto good = check_member(catalogue, now, member); !good) return good.error();
        out.push_back(member.node);
    }
    if (!contains(out, now.leader)) return Error{Errc::invalid_argument, "a leader is in sync with itself"};
    const bool is_recovering = item.recovery == LeaderRecovery::recovering;
    if (is_recovering && (out.size() > 1 || now.recovery == LeaderRecovery::recovered))
        return Error{Errc::invalid_argument, "a leader recovers alone, and only after an unclean election"};
    return out;
}

Result<AlterPartitions::Altered> alter(const Catalogue& catalogue, const AlterPartitions::Item& item,
                                       NodeId leader, PartitionChanges& changes) {
    const auto* topic = catalogue.find(item.topic);
    if (topic == nullptr)
        return Error{Errc::unknown_topic_id, fmt::format("there is no topic of id {}", item.topic.text())};
    const auto* now = topic->partition(item.partition);
    if (now == nullptr) return Error{Errc::not_found, "there is no such partition"};
    if (auto good = check_epochs(*now, item, leader); !good) return good.error();
    auto in_sync = proposed_in_sync(catalogue, *now, item);
    if (!in_sync) return in_sync.error();
    auto wanted = *now;
    wanted.in_sync = std::move(*in_sync);
    wanted.recovery = item.recovery;
    const auto changed = changes.add(*topic, item.partition, std::move(wanted));
    if (!changed) return changed.error();
    return AlterPartitions::Altered{*changed, topic->settings->cluster_min_insync_replicas};
}

// ElectLeaders

Result<void> elect_preferred(const Found& found, PartitionId number, PartitionChanges& changes,
                             const ElectionRules& rules) {
    const auto preferred = found.partition->replicas.front();
    if (found.partition->leader == preferred)
        return Error{Errc::election_not_needed, "the preferred leader leads already"};
    if (!contains(found.partition->in_sync, preferred) || !rules.may_take_over(preferred)) {
        return Error{Errc::preferred_not_available,
                     fmt::format("the preferred leader, node {}, is not in sync, or may not lead now",
                                 preferred.value)};
    }
    auto wanted = *found.partition;
    wanted.leader = preferred;
    return without_value(changes.add(*found.topic, number, std::move(wanted)));
}

Result<void> elect_unclean(const Found& found, PartitionId number, PartitionChanges& changes,
                           const ElectionRules& rules) {
    if (found.partition->leader != no_node)
        return Error{Errc::election_not_needed, "the partition has a leader"};
    const auto changed = changes.add(*found.topic, number, *found.partition);
    if (!changed) return changed.error();
    if (changed->leader != no_node) return {};
    if (!rules.allows_unclean_leader) {
        return Error{Errc::no_eligible_leader,
                     "no replica is sure to have all that was acknowledged, and "
                     "unclean.leader.election.enable is false"};
    }
    return Error{Errc::no_eligible_leader, "none of the partition's replicas is there"};
}

bool needs_election(ElectLeaders::Kind kind, const Partition& partition) {
    return kind == ElectLeaders::Kind::preferred ? partition.leader != partition.replicas.front()
                                                 : partition.leader == no_node;
}

std::vector<TopicPartition> all_that_need(const Catalogue& catalogue, ElectLeaders::Kind kind) {
    std::vector<TopicPartition> out;
    catalogue.for_each_topic([&](const TopicPtr& topic) {
        for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
            if (out.size() < max_request_partitions &&
                needs_election(kind, *topic->partition(PartitionId{i})))
                out.push_back({topic->name, PartitionId{i}});
        }
    });
    std::ranges::sort(out);
    return out;
}

// ReassignPartitions

Result<void> check_target(const Catalogue& catalogue, const Partition& now, const NodeList& target) {
    const auto wrong = [](std::string_view what) {
        return Error{Errc::invalid_assignment, fmt::format("the new assignment {}", what)};
    };
    if (target.empty()) return wrong("has no replicas");
    auto sorted = target;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) return wrong("has a node twice");
    for (const auto id : target) {
        const auto* node = catalogue.node(id);
        if (node == nullptr) return wrong(fmt::format("has an unknown node, {}", id.value));
        if (node->drain == Drain::replicas && !contains(now.replicas, id))
            return wrong(fmt::format("has node {}, which is being drained", id.value));
    }
    return {};
}

// The partition on its way to `target`.
Partition heading_for(const Partition& now, const NodeList& target) {
    auto wanted = now;
    wanted.replicas = now.original();
    wanted.adding = kept(target, [&](NodeId node) { return !contains(wanted.replicas, node); });
    wanted.replicas.insert(wanted.replicas.end(), wanted.adding.begin(), wanted.adding.end());
    wanted.target = target;
    if (wanted.adding.empty() && wanted.target == wanted.replicas) wanted.target.clear();
    return wanted;
}

Result<Partition> reassigned(const Catalogue& catalogue, const Partition& now,
                             const std::optional<NodeList>& target, bool may_change_count) {
    if (!target && !now.is_reassigning())
        return Error{Errc::no_reassignment, "no reassignment of this partition is under way"};
    const auto original = now.original();
    if (target) {
        if (auto good = check_target(catalogue, now, *target); !good) return good.error();
        if (!may_change_count && target->size() != original.size()) {
            return Error{Errc::invalid_replication, fmt::format("the partition has {} replicas, not {}",
                                                                original.size(), target->size())};
        }
    }
    auto wanted = heading_for(now, target.value_or(original));
    if (wanted.replicas.size() > max_replicas)
        return Error{Errc::invalid_assignment,
                     fmt::format("a partition has {} replicas at most, old and new together", max_replicas)};
    const auto is_good = [&](NodeId node) {
        return contains(now.in_sync, node) || contains(now.eligible, node);
    };
    if (std::ranges::none_of(wanted.replicas, is_good)) {
        return Error{Errc::invalid_assignment,
                     "only replicas that would be taken away are in sync: wait until another one is"};
    }
    return wanted;
}

}  // namespace

Result<Decision<AlterPartitions::Reply>> decide(const Catalogue& catalogue, const AlterPartitions& request) {
    if (auto few = check_count(request.items.size()); !few) return few.error();
    const auto* node = catalogue.node(request.leader.node);
    if (node == nullptr || node->is_fenced || node->broker_epoch != request.leader.broker_epoch) {
        return Error{Errc::stale_broker_epoch,
                     "this node is fenced or has started again: it must register and read the catalogue"};
    }
    Decision<AlterPartitions::Reply> out;
    PartitionChanges changes{catalogue};
    std::set<std::pair<Uuid, PartitionId>> seen;
    for (const auto& item : request.items) {
        out.reply.outcomes.push_back(seen.insert({item.topic, item.partition}).second
                                         ? alter(catalogue, item, request.leader.node, changes)
                                         : named_twice);
    }
    out.commands = std::move(changes).commands();
    return out;
}

Result<Decision<ElectLeaders::Reply>> decide(const Catalogue& catalogue, const ElectLeaders& request) {
    if (auto few = check_count(request.partitions ? request.partitions->size() : 0); !few) return few.error();
    const auto wanted = request.partitions ? *request.partitions : all_that_need(catalogue, request.kind);
    Decision<ElectLeaders::Reply> out;
    PartitionChanges changes{catalogue};
    std::set<TopicPartition> seen;
    const auto elect = [&](const TopicPartition& named) -> Result<void> {
        if (!seen.insert(named).second) return named_twice;
        const auto found = find(catalogue, named);
        if (!found) return found.error();
        const auto rules = rules_for(catalogue, *found->topic);
        return request.kind == ElectLeaders::Kind::preferred
                   ? elect_preferred(*found, named.partition, changes, rules)
                   : elect_unclean(*found, named.partition, changes, rules);
    };
    for (const auto& named : wanted) out.reply.outcomes.push_back({named, elect(named)});
    out.commands = std::move(changes).commands();
    return out;
}

Result<Decision<ReassignPartitions::Reply>> decide(const Catalogue& catalogue,
                                                   const ReassignPartitions& request) {
    if (auto few = check_count(request.items.size()); !few) return few.error();
    Decision<ReassignPartitions::Reply> out;
    PartitionChanges changes{catalogue};
    std::set<TopicPartition> seen;
    const auto reassign = [&](const ReassignPartitions::Item& item) -> Result<void> {
        if (!seen.insert(item.partition).second) return named_twice;
        const auto found = find(catalogue, item.partition);
        if (!found) return found.error();
        auto wanted = reassigned(catalogue, *found->partition, item.target, request.may_change_replica_count);
        if (!wanted) return wanted.error();
        return without_value(changes.add(*found->topic, item.partition.partition, std::move(*wanted)));
    };
    for (const auto& item : request.items) out.reply.outcomes.push_back(reassign(item));
    out.commands = std::move(changes).commands();
    return out;
}

}  // namespace weir::metadata
