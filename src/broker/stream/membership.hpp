// Being a member of a group: join, sync, heartbeat and leave. Each answers at once, or leaves the token with
// the member until the group has come so far.
#pragma once

#include "broker/stream/group.hpp"
#include "broker/stream/group_step.hpp"

namespace weir::stream {

// Errors: invalid_group.
std::optional<Error> check_group_name(std::string_view name, const GroupConfig& config);
// What is wrong with a join whatever the group's state is.
std::optional<Error> check_join(const JoinRequest& request, const GroupConfig& config);

void join(Group& group, const Step& step, Token token, JoinRequest request);
void sync(Group& group, const Step& step, Token token, SyncRequest request);
void heartbeat(Group& group, const Step& step, Token token, const HeartbeatRequest& request);
void leave(Group& group, const Step& step, Token token, const LeaveRequest& request);

}  // namespace weir::stream
