// Requests of a consumer group's members with everyday values, and the way of some members into a stable
// group.
#pragma once

#include "support/group_driver.hpp"

namespace weir::test {

inline stream::JoinRequest join_request(const std::string& member_id = "",
                                        const std::string& topic = "orders") {
    stream::JoinRequest request;
    request.group = "g";
    request.member_id = member_id;
    request.client_id = "client";
    request.client_host = "/127.0.0.1";
    request.protocol_type = "consumer";
    request.protocols = {{"range", subscription({topic})}};
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 60'000;
    return request;
}

inline stream::JoinRequest static_join(const std::string& instance, const std::string& member_id = "") {
    auto request = join_request(member_id);
    request.instance_id = instance;
    return request;
}

inline stream::SyncRequest sync_request(const stream::JoinReply& joined) {
    stream::SyncRequest request;
    request.group = "g";
    request.member_id = joined.member_id;
    request.generation = joined.generation;
    for (const auto& member : joined.members) {
        request.assignments.push_back({member.member_id, bytes_of("share of " + member.member_id)});
    }
    return request;
}

inline stream::HeartbeatRequest heartbeat_of(const stream::JoinReply& joined) {
    return {"g", joined.member_id, std::nullopt, joined.generation};
}

inline stream::LeaveRequest leave_of(const std::string& member_id) {
    return {"g", {{member_id, std::nullopt, "done"}}};
}

inline stream::CommitRequest commit_of(const stream::JoinReply& joined, std::int64_t offset,
                                       const std::string& topic = "orders") {
    stream::CommitRequest request;
    request.group = "g";
    request.member_id = joined.member_id;
    request.generation = joined.generation;
    request.offsets = {{{topic, PartitionId{0}}, Offset{offset}, LeaderEpoch{1}, "m"}};
    return request;
}

template <class Reply>
std::optional<Errc> code(const Reply& reply) {
    return reply.error ? std::optional(reply.error->code) : std::nullopt;
}

// A dynamic member's first step: the id it is to join with.
inline std::string new_id(GroupDriver& groups) {
    return groups.ask(join_request()).member_id;
}

// The tokens' joins, which must all have been answered well.
inline std::vector<stream::JoinReply> joined(GroupDriver& groups, const std::vector<stream::Token>& tokens) {
    std::vector<stream::JoinReply> replies;
    for (const auto token : tokens) {
        replies.push_back(groups.take<stream::JoinRequest>(token).value());
        EXPECT_FALSE(replies.back().error);
    }
    return replies;
}

// `count` members go through an initial rebalance and get their shares. The leader is the first in the
// result.
inline std::vector<stream::JoinReply> stable_group(GroupDriver& groups,
                                                   std::vector<stream::JoinRequest> requests) {
    std::vector<stream::Token> tokens;
    for (auto& request : requests) {
        if (!request.instance_id) request.member_id = new_id(groups);
    }
    for (auto& request : requests) tokens.push_back(groups.send(std::move(request)));
    groups.advance(6'000);
    auto replies = joined(groups, tokens);
    std::sort(replies.begin(), replies.end(), [](const auto& a, const auto& b) {
        return (a.leader == a.member_id) > (b.leader == b.member_id);
    });
    for (const auto& reply : replies) {
        EXPECT_FALSE(groups.ask(sync_request(reply)).error);
    }
    return replies;
}

inline std::vector<stream::JoinReply> stable_group(GroupDriver& groups, std::size_t count) {
    return stable_group(groups, std::vector<stream::JoinRequest>(count, join_request()));
}

}  // namespace weir::test
