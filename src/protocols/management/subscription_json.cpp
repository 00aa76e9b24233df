// The same offsets as Kafka's tools see.
#include "protocols/management/subscription_json.hpp"

#include "broker/queue_settings.hpp"
#include "broker/topic_names.hpp"
#include "protocols/amqp/subscription_arguments.hpp"

namespace weir::management {

namespace {

std::shared_ptr<const broker::Topic> topic_of(const Call& call, const topology::Queue& queue) {
    const auto at = queue.arguments.find(broker::source_topic_argument);
    const auto* text = at == queue.arguments.end() ? nullptr : at->second.text();
    const auto id = text != nullptr ? Uuid::parse(*text) : std::nullopt;
    return id ? call.services.broker.topics().find(*id) : nullptr;
}

std::map<PartitionId, Offset> positions(const Call& call, const std::string& group,
                                        const std::string& topic) {
    const auto reply = await<stream::FetchOffsetsReply>([&](auto done) {
        call.services.broker.groups().ask<stream::FetchOffsetsRequest>(
            {.group = group, .partitions = {}},
            [done](stream::FetchOffsetsReply offsets) { done(std::move(offsets)); });
    });
    std::map<PartitionId, Offset> out;
    if (!reply) return out;
    for (const auto& each : reply->offsets) {
        if (each.where.topic == topic) out[each.where.partition] = each.offset;
    }
    return out;
}

}  // namespace

Json subscription_json(const Call& call, const topology::Queue& queue) {
    if (!amqp::is_subscription(queue)) return nullptr;
    const auto topic = topic_of(call, queue);
    Json out{{"topic", amqp::topic_of(queue)}, {"lag", nullptr}, {"partitions", Json::array()}};
    if (!topic) return out;  // it was deleted
    const auto known = positions(call, broker::topic_name(queue.host, queue.name), topic->name());
    std::int64_t lag = 0;
    for (const auto& partition : topic->partitions) {
        Json one{{"partition", partition->id.value}, {"position", nullptr}, {"end", nullptr}};
        const auto log = partition->log();
        const auto at = known.find(partition->id);
        if (log) one["end"] = log->readable_end().value;
        if (at != known.end()) one["position"] = at->second.value;
        if (log && at != known.end()) lag += std::max<std::int64_t>(log->readable_end() - at->second, 0);
        out["partitions"].push_back(std::move(one));
    }
    if (!known.empty()) out["lag"] = lag;
    return out;
}

}  // namespace weir::management
