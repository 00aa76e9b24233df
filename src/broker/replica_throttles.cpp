// Parsed when a topic or a setting changes. What does not parse throttles nothing.
#include "broker/replica_throttles.hpp"

#include <fmt/format.h>

#include <charconv>

namespace weir::broker {

namespace {

constexpr std::string_view leader_replicas = "leader.replication.throttled.replicas";
constexpr std::string_view follower_replicas = "follower.replication.throttled.replicas";

std::string_view value_of(const metadata::Overrides& overrides, std::string_view name) {
    const auto found = overrides.find(name);
    return found == overrides.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::int64_t> number_in(const metadata::Overrides& overrides, std::string_view name) {
    const auto value = value_of(overrides, name);
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool is_number = failure == std::errc{} && end == value.data() + value.size();
    return is_number ? std::optional{number} : std::nullopt;
}

std::int64_t rate_of(const metadata::Catalogue& catalogue, NodeId node, std::string_view name) {
    if (const auto own = number_in(catalogue.broker_overrides(node), name)) return *own;
    return number_in(catalogue.broker_overrides(std::nullopt), name).value_or(replication::no_limit);
}

}  // namespace

ReplicationRates replication_rates(const metadata::Catalogue& catalogue, NodeId node) {
    return {.as_leader = rate_of(catalogue, node, "leader.replication.throttled.rate"),
            .as_follower = rate_of(catalogue, node, "follower.replication.throttled.rate")};
}

bool is_throttled(const metadata::Topic& topic, PartitionId partition, NodeId node) {
    const bool is_leader = topic.partition(partition)->leader == node;
    const auto value = value_of(topic.overrides, is_leader ? leader_replicas : follower_replicas);
    if (value.empty()) return false;
    const auto wanted = fmt::format("{}:{}", partition.value, node.value);
    return std::ranges::any_of(metadata::list_items(value),
                               [&](std::string_view item) { return item == "*" || item == wanted; });
}

bool same_throttles(const metadata::Topic& one, const metadata::Topic& other) {
    const auto same = [&](std::string_view name) {
        return value_of(one.overrides, name) == value_of(other.overrides, name);
    };
    return same(leader_replicas) && same(follower_replicas);
}

}  // namespace weir::broker
