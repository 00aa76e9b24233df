// The counts come from the queue logs, all else from the catalogue.
#include "protocols/management/queue_view.hpp"

#include <algorithm>
#include <charconv>

#include "protocols/management/entity_json.hpp"
#include "protocols/management/subscription_json.hpp"

namespace weir::management {

namespace {

constexpr std::int64_t max_sample_age_s = 86'400;

void add_counts(Json& json, const queue::QueueStatus& status) {
    json["messages"] = status.ready + status.held + status.deferred;
    json["messages_ready"] = status.ready;
    json["messages_unacknowledged"] = status.held + status.deferred;
    json["message_bytes"] = status.ready_bytes + status.held_bytes;
    json["message_bytes_ready"] = status.ready_bytes;
    json["message_bytes_unacknowledged"] = status.held_bytes;
    json["consumers"] = status.consumers;
}

MessageCounts counts_of(const queue::QueueStatus& status) {
    return {.counters = status.counters, .ready = status.ready, .unready = status.held + status.deferred};
}

MessageCounts sum(const QueueCounts& counts, std::int64_t records) {
    MessageCounts all{.ready = static_cast<std::uint64_t>(records)};
    for (const auto& [id, status] : counts) {
        const auto one = counts_of(status);
        all.counters += one.counters;
        all.ready += one.ready;
        all.unready += one.unready;
    }
    return all;
}

Json totals_json(const MessageCounts& all) {
    return {{"messages", all.ready + all.unready},
            {"messages_ready", all.ready},
            {"messages_unacknowledged", all.unready}};
}

std::int64_t seconds(const Call& call, const std::string& name) {
    const auto text = call.parameter(name);
    std::int64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return std::clamp<std::int64_t>(out, 0, max_sample_age_s);
}

// What is not asked for with both numbers is not asked for.
std::optional<SampleWindow> window(const Call& call, const std::string& name) {
    const SampleWindow out{.age_ms = seconds(call, name + "_age") * 1000,
                           .step_ms = seconds(call, name + "_incr") * 1000};
    return out.age_ms > 0 && out.step_ms > 0 ? std::optional{out} : std::nullopt;
}

MessageStats message_stats(const Call& call, const std::string& name, const MessageCounts& counts) {
    const auto& clock = call.services.broker.clock();
    return call.services.rates->stats(
        name, counts, clock.monotonic_ms(), clock.wall_ms(),
        {.passed = window(call, "msg_rates"), .lengths = window(call, "lengths")});
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
        auto stats = message_stats(call, std::to_string(queue.id.value), counts_of(at->second));
        out["message_stats"] = std::move(stats.passed);
        out.update(stats.lengths);
    }
    add_policy(out, topology::policy_of(host, queue));
    if (auto subscription = subscription_json(call, queue); !subscription.is_null())
        out["subscription"] = std::move(subscription);
    return out;
}

Json message_totals(const QueueCounts& counts, std::int64_t records) {
    return totals_json(sum(counts, records));
}

void add_message_stats(const Call& call, Json& json, const QueueCounts& counts, std::int64_t records) {
    const auto all = sum(counts, records);
    auto stats = message_stats(call, "user " + call.user->name, all);
    json["message_stats"] = std::move(stats.passed);
    json["queue_totals"] = totals_json(all);
    json["queue_totals"].update(stats.lengths);
}

void add_policy(Json& json, const topology::EffectivePolicy& policy) {
    json["policy"] = policy.policy ? Json(policy.policy->name) : Json(nullptr);
    json["operator_policy"] = policy.operator_policy ? Json(policy.operator_policy->name) : Json(nullptr);
    json["effective_policy_definition"] = to_json(policy.definition);
}

}  // namespace weir::management
