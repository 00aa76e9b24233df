// What one step of the groups' state machine is given and what it leaves to do.
#pragma once

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "broker/stream/group_records.hpp"
#include "broker/stream/group_request.hpp"

namespace weir::stream {

struct GroupConfig {
    std::int32_t initial_rebalance_delay_ms = 3000;  // what an empty group waits for more members
    std::int32_t min_session_timeout_ms = 6000;
    std::int32_t max_session_timeout_ms = 1'800'000;
    std::int32_t new_member_join_timeout_ms = 300'000;  // for a newcomer whose connection may be gone
    std::int64_t offsets_retention_ms = std::int64_t{7} * 24 * 3600 * 1000;
    std::int64_t offsets_check_interval_ms = 600'000;
    std::size_t max_group_members = 10'000;
    std::size_t max_groups = 1'000'000;         // per shard
    std::size_t max_group_offsets = 1'000'000;  // partitions that one group commits
    std::size_t max_offset_metadata_bytes = 4096;
    std::size_t max_name_bytes = 4096;    // of groups, members, instances, clients, protocols
    std::size_t groups_at_a_time = 1000;  // looked at in one step because of time; the others in the next
};

// The same moment on both clocks: deadlines must not jump, stored times must mean something after a restart.
struct Instant {
    std::int64_t steady_ms = 0;
    std::int64_t wall_ms = 0;
};

inline constexpr std::int64_t never_ms = std::numeric_limits<std::int64_t>::max();

// Names one request to the machine; its caller chooses it and finds the reply by it.
using Token = std::uint64_t;

struct Effects {
    std::vector<EncodedRecord> records;  // to be appended as one batch
    std::vector<std::pair<Token, GroupReply>> replies;
};

// One step: what the functions of a step share.
struct Step {
    const GroupConfig& config;
    Instant now;
    Effects& effects;

    template <class R>
    void reply(Token token, R reply) const {
        effects.replies.emplace_back(token, std::move(reply));
    }
    template <class R>
    void fail(Token token, Error error) const {
        R reply;
        reply.error = std::move(error);
        effects.replies.emplace_back(token, std::move(reply));
    }
};

}  // namespace weir::stream
