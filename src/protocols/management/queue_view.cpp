// The counts come from the queue logs, all else from the catalogue.
#include "protocols/management/queue_view.hpp"

#include "protocols/management/entity_json.hpp"
#include "protocols/management/subscription_json.hpp"

namespace weir::management {

namespace {

constexpr std::int64_t count_timeout_ms = 10'000;

void add_counts(Json& json, const queue::QueueStatus& status) {
    json["messages"] = status.ready + status.held + status.deferred;
    json["messages_ready"] = status.ready;
    json["messages_unacknowledged"] = status.held + status.deferred;
    json["message_bytes"] = status.ready_bytes + status.held_bytes;
    json["message_bytes_ready"] = status.ready_bytes;
    json["message_bytes_unacknowledged"] = status.held_bytes;
    json["consumers"] = status.consumers;
}

}  // namespace

std::vector<QueuesAt> visible_queues(const std::vector<const topology::HostState*>& hosts) {
    std::vector<QueuesAt> out;
    for (const auto* host : hosts) {
        auto& at = out.emplace_back(host);
        host->queues.for_each([&](const topology::QueuePtr& queue) { at.queues.push_back(queue); });
    }
    return out;
}

QueueCounts count_queues(const Call& call, const std::vector<QueuesAt>& queues) {
    std::vector<QueueId> ids;
    for (const auto& at : queues) {
        for (const auto& queue : at.queues) ids.push_back(queue->id);
    }
    return count_queues(call.services.queues(), ids, count_timeout_ms);
}

Json queue_details(const Call& call, const topology::HostState& host, const topology::Queue& queue,
                   const QueueCounts& counts) {
    auto out = queue_json(queue);
    out["node"] = node_name(call.services.broker.node());
    const auto at = counts.find(queue.id);
    out["state"] = at == counts.end() ? "down" : "running";
    if (at != counts.end()) {
        add_counts(out, at->second);
        out["message_stats"] = call.services.rates->stats(std::to_string(queue.id.value), at->second.counters,
                                                          call.services.broker.clock().monotonic_ms());
    }
    add_policy(out, topology::policy_of(host, queue));
    if (auto subscription = subscription_json(call, queue); !subscription.is_null())
        out["subscription"] = std::move(subscription);
    return out;
}

Json message_totals(const QueueCounts& counts, std::int64_t records) {
    auto ready = static_cast<std::uint64_t>(records);
    std::uint64_t unready = 0;
    for (const auto& [id, status] : counts) {
        ready += status.ready;
        unready += status.held + status.deferred;
    }
    return {{"messages", ready + unready}, {"messages_ready", ready}, {"messages_unacknowledged", unready}};
}

Json message_stats(const Call& call, const QueueCounts& counts) {
    queue::QueueCounters all;
    for (const auto& [id, status] : counts) all += status.counters;
    return call.services.rates->stats("user " + call.user->name, all,
                                      call.services.broker.clock().monotonic_ms());
}

void add_policy(Json& json, const topology::EffectivePolicy& policy) {
    json["policy"] = policy.policy ? Json(policy.policy->name) : Json(nullptr);
    json["operator_policy"] = policy.operator_policy ? Json(policy.operator_policy->name) : Json(nullptr);
    json["effective_policy_definition"] = to_json(policy.definition);
}

}  // namespace weir::management
