// Who leads a partition, as a reply to a client that went to another node says (KIP-951).
#pragma once

#include <optional>
#include <string>

#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

struct CurrentLeader {
    NodeId leader_id{-1};
    LeaderEpoch leader_epoch = no_epoch;

    bool operator==(const CurrentLeader&) const = default;
    static void fields(auto& m, auto&& v) {
        v.field(m.leader_id, {.name = "leader_id"});
        v.field(m.leader_epoch, {.name = "leader_epoch"});
    }
};

struct NodeEndpoint {
    NodeId node_id;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    bool operator==(const NodeEndpoint&) const = default;
    static void fields(auto& m, auto&& v) {
        v.field(m.node_id, {.name = "node_id"});
        v.field(m.host, {.name = "host"});
        v.field(m.port, {.name = "port"});
        v.field(m.rack, {.name = "rack", .nullable = always});
    }
};

}  // namespace weir::kafka
