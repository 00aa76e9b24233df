// The first frame of each side of a stream: who speaks, to whom, in which version of the protocol.
#pragma once

#include "rpc/frame.hpp"
#include "rpc/local_node.hpp"

namespace weir::rpc {

inline constexpr std::uint16_t protocol_version = 1;
// In the place of a number: whichever node listens there. A node that is of no cluster yet asks so.
inline constexpr NodeId any_node{INT32_MAX};
inline constexpr std::size_t max_hello_bytes = 1024;  // what is read of one that nobody has vouched for
inline constexpr std::uint32_t max_streams = 64;      // of one node to another
// From here on streams are those of operators' commands: they speak with the number of a node, and may call
// that node itself.
inline constexpr std::uint32_t first_command_stream = 32;

struct Hello {
    std::uint16_t lowest_version = protocol_version;  // the answer has the chosen one in both
    std::uint16_t highest_version = protocol_version;
    Uuid cluster_id;
    NodeId from;
    NodeId to;
    std::uint32_t stream = 0;       // which of the streams between the two nodes this is, below max_streams
    std::uint64_t incarnation = 0;  // of the caller's process
    std::uint64_t attempt = 0;      // grows with each connection of the stream within the incarnation
    bool operator==(const Hello&) const = default;
};

Bytes encode_hello(const Hello& hello);
// Bytes behind the known fields are left alone: a later version's. Errors: corrupt.
Result<Hello> decode_hello(ByteView body);

// Whether `theirs` is meant for this node and true: same cluster, addressed to it, a common version, and, if
// there is a certificate, from the node that it names. The version to speak. Errors: not_authorized,
// unsupported, with what is wrong, in words that either side can print.
Result<std::uint16_t> check_hello(const LocalNode& self, const Hello& theirs,
                                  const runtime::CertificateFacts* certificate);

}  // namespace weir::rpc
