// OffsetFetch: one group's offsets up to version 7, several groups' in version 8.
#include "broker/broker.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

using Topics = std::optional<std::vector<OffsetFetchRequest::Topic>>;

constexpr std::int16_t first_version_with_groups = 8;
constexpr std::int16_t first_version_with_error = 2;

stream::FetchOffsetsRequest to_request(std::string_view group, const Topics& topics) {
    stream::FetchOffsetsRequest request{.group = std::string(group), .partitions = {}};
    if (!topics) return request;
    request.partitions.emplace();
    for (const auto& topic : *topics) {
        for (const auto partition : topic.partition_indexes) {
            request.partitions->push_back({std::string(topic.name), partition});
        }
    }
    return request;
}

std::vector<OffsetFetchResponse::Topic> to_topics(std::vector<stream::FetchedOffset>&& offsets) {
    std::vector<OffsetFetchResponse::Topic> topics;
    for (auto& each : offsets) {
        if (topics.empty() || topics.back().name != each.where.topic)
            topics.push_back({each.where.topic, {}});
        topics.back().partitions.push_back({.partition_index = each.where.partition,
                                            .committed_offset = each.offset,
                                            .committed_leader_epoch = each.leader_epoch,
                                            .metadata = std::move(each.metadata)});
    }
    return topics;
}

// Version 1 has no place for an error but the partitions.
std::vector<OffsetFetchResponse::Topic> failed_topics(const Topics& topics, ErrorCode error) {
    std::vector<OffsetFetchResponse::Topic> out;
    for (const auto& topic : topics.value_or(std::vector<OffsetFetchRequest::Topic>{})) {
        auto& reply = out.emplace_back();
        reply.name = topic.name;
        for (const auto partition : topic.partition_indexes) {
            reply.partitions.push_back({.partition_index = partition, .metadata = "", .error_code = error});
        }
    }
    return out;
}

void fetch_one(OffsetFetchCall call) {
    auto request = to_request(call.request.group_id, call.request.topics);
    auto& groups = call.broker().groups();
    groups.ask<stream::FetchOffsetsRequest>(
        std::move(request), [call = std::move(call)](stream::FetchOffsetsReply reply) {
            OffsetFetchResponse response;
            if (!reply.error) {
                response.topics = to_topics(std::move(reply.offsets));
            } else if (call.version() >= first_version_with_error) {
                response.error_code = error_code(reply.error->code);
            } else {
                response.topics = failed_topics(call.request.topics, error_code(reply.error->code));
            }
            call.reply_from_anywhere(std::move(response));
        });
}

}  // namespace

void handle_offset_fetch(OffsetFetchCall call) {
    if (call.version() < first_version_with_groups) return fetch_one(std::move(call));
    const auto gathered = std::make_shared<GatheredReply<OffsetFetchCall>>(std::move(call));
    const auto& asked = gathered->call.request.groups;
    gathered->response.groups.resize(asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto& part = gathered->response.groups[i];
        part.group_id = asked[i].group_id;
        gathered->expect();
        gathered->call.broker().groups().ask<stream::FetchOffsetsRequest>(
            to_request(asked[i].group_id, asked[i].topics),
            [gathered, &part](stream::FetchOffsetsReply reply) {
                if (reply.error) {
                    part.error_code = error_code(reply.error->code);
                } else {
                    part.topics = to_topics(std::move(reply.offsets));
                }
                gathered->done();
            });
    }
    gathered->done();
}

}  // namespace weir::kafka
