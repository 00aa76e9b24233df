// Reading the catalogue for operators, and the layouts of the answers.
#include "cluster/status_messages.hpp"

#include "cluster/topic_partition_codec.hpp"

namespace weir::cluster {

namespace {

using metadata::FieldReader;
using metadata::FieldWriter;

bool is_under_replicated(const metadata::Partition& partition) {
    return std::ranges::any_of(partition.original(),
                               [&](NodeId node) { return !metadata::contains(partition.in_sync, node); });
}

// Counts it where it belongs; whether there is anything to tell of it.
bool count(PartitionCounts& counts, const metadata::Topic& topic, const metadata::Partition& partition) {
    const auto needed = metadata::min_in_sync(partition, topic.settings->cluster_min_insync_replicas);
    const bool marks[] = {partition.leader == metadata::no_node, partition.in_sync.size() < needed,
                          is_under_replicated(partition), partition.is_reassigning()};
    ++counts.all;
    counts.leaderless += marks[0];
    counts.under_min_in_sync += marks[1];
    counts.under_replicated += marks[2];
    counts.reassigning += marks[3];
    return std::ranges::any_of(marks, std::identity{});
}

std::vector<metadata::TopicPtr> topics_by_name(const metadata::Catalogue& catalogue) {
    std::vector<metadata::TopicPtr> topics;
    catalogue.for_each_topic([&](const metadata::TopicPtr& topic) { topics.push_back(topic); });
    std::ranges::sort(topics, {}, [](const auto& topic) -> const std::string& { return topic->name; });
    return topics;
}

template <class Visit>
void for_each_partition(const metadata::Topic& topic, Visit visit) {
    for (std::int32_t i = 0; i < topic.partition_count(); ++i)
        visit(PartitionId{i}, *topic.partition(PartitionId{i}));
}

void add(std::vector<PartitionStatus>& to, const metadata::Topic& topic, PartitionId number,
         const metadata::Partition& partition) {
    if (to.size() < max_listed_partitions) to.push_back({{topic.name, number}, topic.id, partition});
}

void count_members(std::map<NodeId, NodeStatus>& nodes, const metadata::Quorum& quorum) {
    for (const auto& member : quorum.members) {
        auto& node = nodes[member.node];
        node.node.id = member.node;
        node.is_member = true;
        node.is_voter = member.is_voter;
        const auto matched = member.matched.value_or(quorum.applied);
        node.entries_behind = quorum.applied - std::min(quorum.applied, matched);
    }
}

}  // namespace

ClusterStatus cluster_status(const metadata::Catalogue& catalogue, const metadata::Quorum& quorum,
                             const Uuid& cluster_id, NodeId self) {
    ClusterStatus status{.cluster_id = cluster_id,
                         .controller = self,
                         .term = quorum.term,
                         .applied = quorum.applied,
                         .topics = catalogue.topic_count(),
                         .unclean_elections = catalogue.unclean_elections()};
    for (const auto& topic : topics_by_name(catalogue)) {
        for_each_partition(*topic, [&](PartitionId number, const metadata::Partition& partition) {
            if (count(status.partitions, *topic, partition)) add(status.listed, *topic, number, partition);
        });
    }
    std::map<NodeId, NodeStatus> nodes;
    for (const auto& [id, node] : catalogue.nodes()) {
        const auto has = metadata::drain_progress(catalogue, id);
        nodes[id] = {.node = node, .is_registered = true, .leading = has.leading, .replicas = has.replicas};
    }
    count_members(nodes, quorum);
    for (auto& [id, node] : nodes) status.nodes.push_back(std::move(node));
    const auto taken = [&](NodeId id) {
        status.free_number = std::max(status.free_number, static_cast<std::uint64_t>(id.value) + 1);
    };
    for (const auto& node : status.nodes) taken(node.node.id);
    for (const auto id : catalogue.removed_nodes()) taken(id);
    return status;
}

Result<std::vector<PartitionStatus>> partition_status(const metadata::Catalogue& catalogue,
                                                      std::string_view name) {
    std::vector<PartitionStatus> out;
    if (!name.empty()) {
        const auto* topic = catalogue.find(name);
        if (topic == nullptr)
            return Error{Errc::not_found, fmt::format("there is no topic '{}'",
                                                      name.substr(0, metadata::max_topic_name_bytes))};
        for_each_partition(*topic, [&](auto number, const auto& state) { add(out, *topic, number, state); });
        return out;
    }
    for (const auto& topic : topics_by_name(catalogue)) {
        for_each_partition(*topic, [&](PartitionId number, const metadata::Partition& state) {
            if (state.is_reassigning()) add(out, *topic, number, state);
        });
    }
    return out;
}

namespace {

Error corrupt(std::string_view what) {
    return {Errc::corrupt, fmt::format("{} that can't be read", what)};
}

void put(FieldWriter& out, const std::vector<PartitionStatus>& partitions) {
    out.number(partitions.size());
    for (const auto& partition : partitions) {
        put_partition(out, partition.at);
        out.uuid(partition.topic_id);
        out.partition(partition.state);
    }
}

void take(FieldReader& in, std::vector<PartitionStatus>& partitions) {
    for (auto left = in.count(max_listed_partitions); left > 0 && in.ok(); --left) {
        auto& partition = partitions.emplace_back();
        partition.at = take_partition(in);
        partition.topic_id = in.uuid();
        partition.state = in.partition();
    }
}

void put(FieldWriter& out, const NodeStatus& node) {
    out.node(node.node);
    out.flag(node.is_registered);
    out.flag(node.is_member);
    out.flag(node.is_voter);
    out.number(node.entries_behind);
    out.number(node.leading);
    out.number(node.replicas);
}

NodeStatus take_node(FieldReader& in) {
    NodeStatus node;
    node.node = in.node();
    node.is_registered = in.flag();
    node.is_member = in.flag();
    node.is_voter = in.flag();
    node.entries_behind = in.number();
    node.leading = in.number();
    node.replicas = in.number();
    return node;
}

// The numbers in the order in which they are on the wire.
template <class Status>
auto numbers_of(Status& status) {
    auto& counts = status.partitions;
    return std::array{&status.term,
                      &status.applied,
                      &status.topics,
                      &status.unclean_elections,
                      &status.free_number,
                      &counts.all,
                      &counts.leaderless,
                      &counts.under_min_in_sync,
                      &counts.under_replicated,
                      &counts.reassigning};
}

}  // namespace

Bytes encode(const ClusterStatus& status) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.uuid(status.cluster_id);
    out.number(static_cast<std::uint32_t>(status.controller.value));
    for (const auto* number : numbers_of(status)) out.number(*number);
    out.number(status.nodes.size());
    for (const auto& node : status.nodes) put(out, node);
    put(out, status.listed);
    return bytes;
}

Bytes encode(const std::vector<PartitionStatus>& partitions) {
    Bytes bytes;
    FieldWriter out{bytes};
    put(out, partitions);
    return bytes;
}

Bytes encode(const metadata::Quorum& quorum) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.signed_number(quorum.leader.value_or(metadata::no_node).value);
    out.number(quorum.term);
    out.number(quorum.applied);
    out.number(quorum.members.size());
    for (const auto& member : quorum.members) {
        out.number(static_cast<std::uint32_t>(member.node.value));
        out.flag(member.is_voter);
        out.flag(member.matched.has_value());
        if (member.matched) out.number(*member.matched);
    }
    return bytes;
}

Result<metadata::Quorum> decode_quorum(ByteView body) {
    FieldReader in{body};
    metadata::Quorum quorum;
    const NodeId leader{static_cast<std::int32_t>(in.signed_number(metadata::no_node.value, INT32_MAX))};
    if (leader != metadata::no_node) quorum.leader = leader;
    quorum.term = in.number();
    quorum.applied = in.number();
    for (auto left = in.count(max_listed_nodes); left > 0 && in.ok(); --left) {
        auto& member = quorum.members.emplace_back();
        member.node = in.node_id();
        member.is_voter = in.flag();
        if (in.flag()) member.matched = in.number();
    }
    if (!in.ok() || !in.at_end()) return corrupt("a description of the group");
    return quorum;
}

Bytes encode(const std::vector<PartitionKey>& keys) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.number(keys.size());
    for (const auto& key : keys) {
        out.uuid(key.topic);
        out.number(static_cast<std::uint32_t>(key.partition.value));
    }
    return bytes;
}

Result<std::vector<PartitionKey>> decode_keys(ByteView body) {
    FieldReader in{body};
    std::vector<PartitionKey> keys;
    for (auto left = in.count(max_listed_partitions); left > 0 && in.ok(); --left) {
        auto& key = keys.emplace_back();
        key.topic = in.uuid();
        key.partition = PartitionId{static_cast<std::int32_t>(in.number(INT32_MAX))};
    }
    if (!in.ok() || !in.at_end()) return corrupt("a list of replicas");
    return keys;
}

Bytes encode(const ReplicaSizes& sizes) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.number(sizes.size());
    for (const auto& size : sizes) out.number(size ? *size + 1 : 0);
    return bytes;
}

Result<ReplicaSizes> decode_sizes(ByteView body) {
    FieldReader in{body};
    ReplicaSizes sizes;
    for (auto left = in.count(max_listed_partitions); left > 0 && in.ok(); --left) {
        const auto number = in.number();
        sizes.push_back(number == 0 ? std::nullopt : std::optional{number - 1});
    }
    if (!in.ok() || !in.at_end()) return corrupt("sizes of replicas");
    return sizes;
}

Bytes encode(const NodeDamage& damage) {
    Bytes bytes;
    FieldWriter out{bytes};
    out.flag(damage.is_set_aside);
    out.number(damage.count);
    out.number(damage.replicas.size());
    for (const auto& replica : damage.replicas) {
        put_partition(out, replica.at);
        out.number(static_cast<std::uint64_t>(replica.first.value));
        out.number(static_cast<std::uint64_t>(replica.until.value));
    }
    return bytes;
}

Result<NodeDamage> decode_damage(ByteView body) {
    FieldReader in{body};
    NodeDamage damage{.is_set_aside = in.flag(), .count = in.number()};
    for (auto left = in.count(max_listed_partitions); left > 0 && in.ok(); --left) {
        auto& replica = damage.replicas.emplace_back();
        replica.at = take_partition(in);
        replica.first = Offset{static_cast<std::int64_t>(in.number(INT64_MAX))};
        replica.until = Offset{static_cast<std::int64_t>(in.number(INT64_MAX))};
    }
    if (!in.ok() || !in.at_end()) return corrupt("a list of damage");
    return damage;
}

Result<ClusterStatus> decode_status(ByteView body) {
    FieldReader in{body};
    ClusterStatus status;
    status.cluster_id = in.uuid();
    status.controller = in.node_id();
    for (auto* number : numbers_of(status)) *number = in.number();
    for (auto left = in.count(max_listed_nodes); left > 0 && in.ok(); --left)
        status.nodes.push_back(take_node(in));
    take(in, status.listed);
    if (!in.ok() || !in.at_end()) return corrupt("a cluster's status");
    return status;
}

Result<std::vector<PartitionStatus>> decode_partitions(ByteView body) {
    FieldReader in{body};
    std::vector<PartitionStatus> partitions;
    take(in, partitions);
    if (!in.ok() || !in.at_end()) return corrupt("a list of partitions");
    return partitions;
}

}  // namespace weir::cluster
