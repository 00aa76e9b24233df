// OffsetDelete: a group forgets the offsets of partitions that nobody in it reads.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

OffsetDeleteResponse to_response(const stream::DeleteOffsetsReply& reply) {
    OffsetDeleteResponse response;
    if (reply.error) {
        response.error_code = error_code(reply.error->code);
        return response;
    }
    for (const auto& each : reply.partitions) {
        auto& topics = response.topics;
        if (topics.empty() || topics.back().name != each.where.topic)
            topics.push_back({each.where.topic, {}});
        const auto error = each.error ? error_code(each.error->code) : ErrorCode::none;
        topics.back().partitions.push_back({each.where.partition, error});
    }
    return response;
}

}  // namespace

void handle_offset_delete(OffsetDeleteCall call) {
    stream::DeleteOffsetsRequest request{.group = std::string(call.request.group_id), .partitions = {}};
    for (const auto& topic : call.request.topics) {
        for (const auto& each : topic.partitions) {
            request.partitions.push_back({std::string(topic.name), each.partition_index});
        }
    }
    auto& groups = call.broker().groups();
    groups.ask<stream::DeleteOffsetsRequest>(std::move(request),
                                             [call = std::move(call)](stream::DeleteOffsetsReply reply) {
                                                 call.reply_from_anywhere(to_response(reply));
                                             });
}

}  // namespace weir::kafka
