// The catalogue says who looks after a group: the leader of its partition.
#include "broker/group_positions.hpp"

#include "broker/queue/field_codec.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t offsets_retention_ms = std::int64_t{10} * 365 * 24 * 3600 * 1000;
constexpr std::int64_t patience_ms = 5000;

template <class Reply>
Result<void> outcome_of(const Reply& reply) {
    return reply.error ? Result<void>{*reply.error} : Result<void>{};
}

stream::CommitRequest commit_of(const GroupPosition& position) {
    stream::CommitRequest request{.group = position.group,
                                  .member_id = {},
                                  .instance_id = {},
                                  .retention_ms = offsets_retention_ms,
                                  .offsets = {}};
    for (const auto& [partition, offset] : position.offsets)
        request.offsets.push_back({.where = {position.topic, partition}, .offset = offset, .metadata = {}});
    return request;
}

}  // namespace

Bytes encode(const GroupPosition& position) {
    queue::FieldWriter out;
    out.number(group_position_version).text(position.group).text(position.topic);
    out.number(position.offsets.size());
    for (const auto& [partition, offset] : position.offsets) {
        out.number(static_cast<std::uint64_t>(partition.value));
        out.number(static_cast<std::uint64_t>(offset.value));
    }
    return out.take();
}

Result<GroupPosition> decode_group_position(ByteView body) {
    queue::FieldReader in{body};
    const auto version = in.number();
    if (in.ok() && version != group_position_version)
        return Error{Errc::unsupported, fmt::format("version {} of positions is not known", version)};
    GroupPosition position{.group = in.text(), .topic = in.text()};
    const auto count = in.count(2);
    if (count > max_told_partitions) in.fail();
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
        const PartitionId partition{static_cast<std::int32_t>(in.number_up_to(INT32_MAX))};
        position.offsets[partition] = Offset{static_cast<std::int64_t>(in.number_up_to(INT64_MAX))};
    }
    if (!in.at_end()) return Error{Errc::corrupt, "a subscription's position is not whole"};
    return position;
}

std::optional<NodeId> GroupPositions::coordinator_of(const std::string& group) const {
    const auto catalogue = catalogue_();
    const auto* topic = catalogue->find(stream::offsets_topic);
    if (topic == nullptr || topic->partition_count() == 0) return std::nullopt;
    const auto leader =
        topic->partition(PartitionId{stream::shard_of(group, topic->partition_count())})->leader;
    return leader == metadata::no_node ? std::nullopt : std::optional{leader};
}

void GroupPositions::take(stream::GroupCoordinator& here, const GroupPosition& position, Done done) {
    const auto answer = [done = std::move(done)](const auto& reply) { done(outcome_of(reply)); };
    if (position.topic.empty()) return here.ask<stream::DeleteGroupRequest>({position.group}, answer);
    here.ask<stream::CommitRequest>(commit_of(position), answer);
}

void GroupPositions::tell(GroupPosition position, Done done) {
    const auto coordinator = coordinator_of(position.group);
    if (coordinator == node_) return take(here_, position, std::move(done));
    if (!coordinator || peers_ == nullptr)
        return done(Error{Errc::not_coordinator, "nobody looks after the group at the moment"});
    executor_.post([this, node = *coordinator, body = encode(position), done = std::move(done)] {
        peers_->call(node, group_position_method, body, patience_ms,
                     [done](const Result<std::shared_ptr<rpc::Frame>>& frame) {
                         frame ? done({}) : done(frame.error());
                     });
    });
}

}  // namespace weir::broker
