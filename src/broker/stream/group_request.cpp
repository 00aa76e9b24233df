// The few things the requests and replies can do by themselves.
#include "broker/stream/group_request.hpp"

#include "base/assert.hpp"

namespace weir::stream {

std::string_view name(GroupState state) {
    switch (state) {
        case GroupState::empty: return "Empty";
        case GroupState::preparing_rebalance: return "PreparingRebalance";
        case GroupState::completing_rebalance: return "CompletingRebalance";
        case GroupState::stable: return "Stable";
        case GroupState::dead: return "Dead";
    }
    ASSERT(false);
}

GroupReply failed_reply(const GroupRequest& request, const Error& error) {
    return std::visit(
        [&](const auto& known) -> GroupReply {
            typename std::decay_t<decltype(known)>::Reply reply;
            reply.error = error;
            return reply;
        },
        request);
}

}  // namespace weir::stream
