// OffsetCommit: kept durably before the answer leaves.
#include "protocols/kafka/answer_partitions.hpp"
#include "protocols/kafka/group_text.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/queue_reads.hpp"

namespace weir::kafka {

namespace {

// Before version 9 a group that is not there looks like one of another generation.
ErrorCode commit_error(Errc code) {
    return code == Errc::group_not_found ? ErrorCode::illegal_generation : error_code(code);
}

// Offsets of partitions that exist, and which place of the response each one's outcome goes to.
struct Accepted {
    std::vector<stream::OffsetToCommit> offsets;
    std::vector<std::pair<std::size_t, std::size_t>> places;
};

bool is_there(broker::Broker& broker, const broker::Topic* topic, std::string_view name,
              PartitionId partition) {
    if (topic != nullptr) return topic->partition(partition) != nullptr;
    const auto view = find_queue(broker, name);
    return view && partition.value >= 0 && partition.value < view->partitions;
}

Accepted accept(const OffsetCommitCall& call, OffsetCommitResponse& response) {
    Accepted accepted;
    auto& topics = response.topics;
    answer_partitions(call, topics, [&](const broker::Topic* topic, const auto& each, auto&) -> Result<void> {
        const auto& name = topics.back().name;
        if (!is_there(call.broker(), topic, name, each.partition_index)) return Errc::not_found;
        accepted.places.emplace_back(topics.size() - 1, topics.back().partitions.size() - 1);
        accepted.offsets.push_back({.where = {std::string(name), each.partition_index},
                                    .offset = each.committed_offset,
                                    .leader_epoch = each.committed_leader_epoch,
                                    .metadata = std::string(each.committed_metadata.value_or(""))});
        return {};
    });
    return accepted;
}

}  // namespace

void handle_offset_commit(OffsetCommitCall call) {
    OffsetCommitResponse response;
    auto accepted = accept(call, response);
    if (accepted.offsets.empty() && !call.request.topics.empty()) return call.reply(response);
    const auto& asked = call.request;
    stream::CommitRequest request{.group = std::string(asked.group_id),
                                  .member_id = std::string(asked.member_id),
                                  .instance_id = owned(asked.group_instance_id),
                                  .generation = asked.generation_id_or_member_epoch,
                                  .retention_ms = {},
                                  .offsets = std::move(accepted.offsets)};
    if (asked.retention_time_ms >= 0) request.retention_ms = asked.retention_time_ms;
    auto& groups = call.broker().groups();
    groups.ask<stream::CommitRequest>(
        std::move(request), [call = std::move(call), response = std::move(response),
                             places = std::move(accepted.places)](stream::CommitReply reply) mutable {
            for (std::size_t i = 0; i < places.size(); ++i) {
                auto& part = response.topics[places[i].first].partitions[places[i].second];
                const auto& error = reply.error ? reply.error : reply.partitions.at(i).error;
                if (error) part.error_code = commit_error(error->code);
            }
            call.reply_from_anywhere(std::move(response));
        });
}

}  // namespace weir::kafka
