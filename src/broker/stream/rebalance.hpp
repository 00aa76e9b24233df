// How a group comes to its next generation: everybody joins, one leads, the leader shares out, everybody
// syncs.
//
//   empty -> preparing_rebalance -> completing_rebalance -> stable
//     ^------------'   ^-----------------------'--------------'
#pragma once

#include "broker/stream/group.hpp"
#include "broker/stream/group_step.hpp"

namespace weir::stream {

// The members or what they offer have changed: begins a rebalance, or looks whether the one under way has
// everybody now.
void members_changed(Group& group, const Step& step);
// Ends the waiting for joins if nobody is missing.
void complete_join_if_ready(Group& group, const Step& step);
// Drops what has timed out and goes on with the rebalance where its time is over.
void on_group_time(Group& group, const Step& step);

// Takes a member out, and answers what of it was waiting, with `why`. The caller goes on with
// members_changed().
void drop_member(Group& group, const Step& step, const std::string& member_id,
                 Errc why = Errc::unknown_member);
// Leaves the record of the group as it stands now to be written.
void persist(const Group& group, const Step& step);
// The member has shown that it lives.
void refresh_session(Member& member, const Step& step);
// What a member learns about the current generation.
JoinReply current_generation(const Group& group, const Member& member);

}  // namespace weir::stream
