// Offsets change only through their records, so that replaying the log gives the same.
#include "broker/stream/group_offsets.hpp"

#include "broker/stream/rebalance.hpp"
#include "broker/stream/subscription_format.hpp"

namespace weir::stream {
namespace {

constexpr std::int64_t longest_retention_ms = std::int64_t{1}
                                              << 60;  // far beyond any clock, far from overflow

// Who may commit: a member of this generation, or anybody while the group has no members (KIP-211's simple
// consumers, and tools that set offsets).
std::optional<Error> check_commit(const Group& group, const CommitRequest& request) {
    if (request.generation < 0 && group.state == GroupState::empty) return std::nullopt;
    if (request.generation < 0 && request.member_id.empty() && !request.instance_id) {
        return Error{Errc::unknown_member, "the group has members: stop them before setting its offsets"};
    }
    if (auto error = group.check_member(request.member_id, request.instance_id)) return error;
    if (request.generation != group.generation) return Error{Errc::illegal_generation};
    if (group.state == GroupState::completing_rebalance) return Error{Errc::rebalance_in_progress};
    return std::nullopt;
}

std::optional<Error> check_offset(const Group& group, const OffsetToCommit& asked, const GroupConfig& config,
                                  std::size_t added) {
    if (asked.metadata.size() > config.max_offset_metadata_bytes) {
        return Error{Errc::offset_metadata_too_large,
                     fmt::format("an offset's metadata may have {} bytes", config.max_offset_metadata_bytes)};
    }
    if (asked.where.topic.empty() || asked.where.topic.size() > config.max_name_bytes)
        return Error{Errc::invalid_name};
    if (group.offsets.size() + added >= config.max_group_offsets && !group.offsets.contains(asked.where)) {
        return Error{Errc::limit_exceeded,
                     fmt::format("a group may commit {} partitions", config.max_group_offsets)};
    }
    return std::nullopt;
}

FetchedOffset fetched(const TopicPartition& where, const CommittedOffset& committed) {
    return {where, committed.offset, committed.leader_epoch, committed.metadata};
}

// When an offset's retention began; nothing: it is in use.
std::optional<std::int64_t> unused_since(const Group& group, const TopicPartition& where,
                                         const CommittedOffset& committed) {
    if (group.is_simple()) return committed.commit_timestamp_ms;
    if (group.state == GroupState::empty)
        return std::max(group.state_since_ms, committed.commit_timestamp_ms);
    if (group.state == GroupState::stable && group.protocol_type == consumer_protocol_type &&
        !group.is_subscribed(where.topic)) {
        return committed.commit_timestamp_ms;
    }
    return std::nullopt;
}

bool is_expired(const Group& group, const Step& step, const TopicPartition& where,
                const CommittedOffset& committed) {
    const auto since_ms = unused_since(group, where, committed);
    if (!since_ms) return false;
    if (committed.expire_timestamp_ms >= 0) return step.now.wall_ms >= committed.expire_timestamp_ms;
    return *since_ms <= step.now.wall_ms - step.config.offsets_retention_ms;
}

}  // namespace

void write_offset(const Group& group, const Step& step, const TopicPartition& where,
                  std::optional<CommittedOffset> committed) {
    step.effects.records.push_back(encode(OffsetRecord{group.name, where, std::move(committed)}));
}

void commit_offsets(Group& group, const Step& step, Token token, const CommitRequest& request) {
    if (auto error = check_commit(group, request)) return step.fail<CommitReply>(token, std::move(*error));
    if (Member* member = group.find(request.member_id); member && !member->joining && !member->syncing) {
        refresh_session(*member, step);
    }
    CommitReply reply;
    for (const auto& asked : request.offsets) {
        auto error = check_offset(group, asked, step.config, step.effects.records.size());
        reply.partitions.push_back({asked.where, std::move(error)});
        if (reply.partitions.back().error) continue;
        CommittedOffset committed{asked.offset, asked.leader_epoch, asked.metadata, step.now.wall_ms, -1};
        if (request.retention_ms) {
            committed.expire_timestamp_ms =
                step.now.wall_ms + std::clamp<std::int64_t>(*request.retention_ms, 0, longest_retention_ms);
        }
        write_offset(group, step, asked.where, std::move(committed));
    }
    step.reply(token, std::move(reply));
}

void fetch_offsets(const Group* group, const Step& step, Token token, const FetchOffsetsRequest& request) {
    FetchOffsetsReply reply;
    if (!request.partitions && group != nullptr) {
        for (const auto& [where, committed] : group->offsets)
            reply.offsets.push_back(fetched(where, committed));
    }
    for (const auto& where : request.partitions.value_or(std::vector<TopicPartition>{})) {
        reply.offsets.push_back({where, Offset{-1}, no_epoch, ""});
        if (group == nullptr) continue;
        const auto at = group->offsets.find(where);
        if (at != group->offsets.end()) reply.offsets.back() = fetched(where, at->second);
    }
    step.reply(token, std::move(reply));
}

void delete_offsets(const Group& group, const Step& step, Token token, const DeleteOffsetsRequest& request) {
    const bool in_use = group.state != GroupState::empty;
    if (in_use && group.protocol_type != consumer_protocol_type) {
        return step.fail<DeleteOffsetsReply>(
            token,
            Error{Errc::group_not_empty, "the group has members: stop them before deleting its offsets"});
    }
    DeleteOffsetsReply reply;
    for (const auto& where : request.partitions) {
        reply.partitions.push_back({where, std::nullopt});
        if (in_use && group.is_subscribed(where.topic)) {
            reply.partitions.back().error =
                Error{Errc::group_subscribed, "a member is subscribed to the topic"};
        } else if (group.offsets.contains(where)) {
            write_offset(group, step, where, std::nullopt);
        }
    }
    step.reply(token, std::move(reply));
}

bool expire_offsets(const Group& group, const Step& step) {
    std::size_t left = 0;
    for (const auto& [where, committed] : group.offsets) {
        if (is_expired(group, step, where, committed)) {
            write_offset(group, step, where, std::nullopt);
        } else {
            ++left;
        }
    }
    return left == 0;
}

}  // namespace weir::stream
