// The settings by name, set and taken back in one way.
#include "app/reassign_throttle.hpp"

namespace weir::app {

namespace {

using metadata::SettingChangeRequest;
using Operation = SettingChangeRequest::Operation;

// A list that is too long for a setting names all: who is in sync is not held back in any case.
void add(std::string& list, PartitionId partition, NodeId node) {
    if (list == "*") return;
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", partition.value, node.value);
    if (list.size() > metadata::max_setting_value_bytes) list = "*";
}

Result<void> change(ClusterConnection& connection, const std::string& topic, const ThrottlePlan& plan,
                    Operation operation, const std::string& rate) {
    for (const auto node : plan.nodes) {
        metadata::AlterBrokerSettings request{.node = node};
        request.changes = {{"leader.replication.throttled.rate", operation, rate},
                           {"follower.replication.throttled.rate", operation, rate}};
        if (auto done = connection.change(std::move(request)); !done) return done.error();
    }
    metadata::AlterTopicSettings request{.name = topic};
    request.changes = {{"leader.replication.throttled.replicas", operation, plan.leader_replicas},
                       {"follower.replication.throttled.replicas", operation, plan.follower_replicas}};
    if (auto done = connection.change(std::move(request)); !done) return done.error();
    return {};
}

}  // namespace

ThrottlePlan plan_throttle(const std::vector<cluster::PartitionStatus>& partitions,
                           const std::vector<metadata::ReassignPartitions::Item>& items) {
    ThrottlePlan plan;
    for (const auto& item : items) {
        const auto found = std::ranges::find_if(
            partitions, [&](const auto& each) { return each.at.partition == item.partition.partition; });
        if (found == partitions.end() || !item.target) continue;
        const auto here = found->state.original();
        for (const auto node : here) add(plan.leader_replicas, item.partition.partition, node);
        plan.nodes.insert(here.begin(), here.end());
        for (const auto node : *item.target) {
            plan.nodes.insert(node);
            if (!metadata::contains(here, node)) add(plan.follower_replicas, item.partition.partition, node);
        }
    }
    return plan;
}

Result<void> set_throttle(ClusterConnection& connection, const std::string& topic, const ThrottlePlan& plan,
                          std::int64_t bytes_per_s) {
    return change(connection, topic, plan, Operation::set, std::to_string(bytes_per_s));
}

Result<void> take_back_throttle(ClusterConnection& connection, const std::string& topic,
                                const ThrottlePlan& plan) {
    return change(connection, topic, plan, Operation::take_back, {});
}

}  // namespace weir::app
