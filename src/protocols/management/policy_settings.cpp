// Both lists are of RabbitMQ 3.8 to 4.2.
#include "protocols/management/policy_settings.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace weir::management {

namespace {

constexpr std::array<std::string_view, 10> settings_in_use{
    "alternate-exchange", "consumer-timeout", "dead-letter-exchange", "dead-letter-routing-key",
    "delivery-limit",     "expires",          "max-length",           "max-length-bytes",
    "message-ttl",        "overflow"};
constexpr std::array<std::string_view, 27> settings_without_use{"consumer-disconnected-timeout",
                                                                "dead-letter-strategy",
                                                                "federation-upstream",
                                                                "federation-upstream-pattern",
                                                                "federation-upstream-set",
                                                                "ha-mode",
                                                                "ha-params",
                                                                "ha-promote-on-failure",
                                                                "ha-promote-on-shutdown",
                                                                "ha-sync-batch-size",
                                                                "ha-sync-mode",
                                                                "initial-cluster-size",
                                                                "max-age",
                                                                "max-in-memory-bytes",
                                                                "max-in-memory-length",
                                                                "max-segment-size-bytes",
                                                                "qq-max-in-memory-length",
                                                                "queue-leader-locator",
                                                                "queue-master-locator",
                                                                "queue-mode",
                                                                "queue-version",
                                                                "shard-name",
                                                                "shards-per-node",
                                                                "routing-key",
                                                                "stream-filter-size-bytes",
                                                                "stream-max-segment-size-bytes",
                                                                "target-group-size"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

template <class Wanted>
std::vector<std::string> settings_of(const topology::Policy& policy, Wanted is_wanted) {
    std::vector<std::string> out;
    for (const auto& [name, value] : policy.definition) {
        if (is_wanted(name)) out.push_back(name);
    }
    return out;
}

}  // namespace

std::optional<std::string> policy_mistake(const topology::Policy& policy) {
    const auto unknown = settings_of(policy, [](const auto& name) {
        return !is_one_of(settings_in_use, name) && !is_one_of(settings_without_use, name);
    });
    if (unknown.empty()) return std::nullopt;
    return fmt::format("Validation failed: not recognised policy settings: {}", fmt::join(unknown, ", "));
}

std::vector<std::string> idle_settings(const topology::Policy& policy) {
    return settings_of(policy, [](const auto& name) { return is_one_of(settings_without_use, name); });
}

}  // namespace weir::management
