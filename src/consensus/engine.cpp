// Members as the engine has them in memory, and back.
#include "consensus/engine.hpp"

#include "base/assert.hpp"

namespace weir::consensus {

raft_configuration to_configuration(const std::vector<Member>& members) {
    raft_configuration out;
    raft_configuration_init(&out);
    for (const auto& member : members) {
        const auto failure = raft_configuration_add(&out, engine_id(member.node), member.address.c_str(),
                                                    member.is_voter ? RAFT_VOTER : RAFT_STANDBY);
        ASSERT(failure == 0);
    }
    return out;
}

std::vector<Member> to_members(const raft_configuration& configuration) {
    std::vector<Member> out;
    for (unsigned i = 0; i < configuration.n; ++i) {
        const auto& server = configuration.servers[i];
        out.push_back(
            {.node = node_of(server.id), .address = server.address, .is_voter = server.role == RAFT_VOTER});
    }
    return out;
}

}  // namespace weir::consensus
