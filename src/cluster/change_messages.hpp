// Changes of the metadata and their outcomes as bytes, for a node that passes them on to the one that leads.
#pragma once

#include "base/bytes.hpp"
#include "metadata/any_request.hpp"

namespace weir::cluster {

Bytes encode(const metadata::AnyRequest& request);
// Errors: corrupt.
Result<metadata::AnyRequest> decode_request(ByteView body);

// What is told of a topic: whoever asked reads the rest in its own catalogue.
struct TopicRef {
    Uuid id;
    std::string name;
    bool operator==(const TopicRef&) const = default;
};
using WireReply = metadata::RepliesAnd<TopicRef, metadata::AlterBrokerSettings::Reply,
                                       metadata::ElectLeaders::Reply, metadata::ReassignPartitions::Reply,
                                       metadata::DrainNode::Reply, metadata::RemoveNode::Reply>;

// An outcome, which whoever's catalogue has come to `applied` sees.
struct ChangeReply {
    std::uint64_t applied = 0;
    WireReply reply{};
};
WireReply to_wire(const metadata::AnyReply& reply);
Bytes encode(const ChangeReply& reply);
Result<ChangeReply> decode_change_reply(ByteView body);

}  // namespace weir::cluster
