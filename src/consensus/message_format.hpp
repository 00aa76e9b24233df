// What the nodes of the metadata log's group say to each other, as bytes (docs/formats/consensus.md).
#pragma once

#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "consensus/log_storage.hpp"
#include "consensus/metadata_log.hpp"

namespace weir::consensus {

// A leader cuts what it has to send into messages of about this size; one entry may go beyond it.
inline constexpr std::size_t message_target_bytes = std::size_t{1} << 20;
// No message is larger: more is refused before it is looked at.
inline constexpr std::size_t max_message_bytes = (std::size_t{2} << 20) + (64 << 10);
inline constexpr std::size_t max_message_entries = 256;

struct VoteRequest {
    LogTerm term = 0;
    LogPosition last;  // the candidate's last durable entry
    bool is_pre_vote = false;
    bool disrupts_leader = false;  // the leader itself asked for the election
    bool operator==(const VoteRequest&) const = default;
};

struct VoteReply {
    LogTerm term = 0;
    bool is_pre_vote = false;
    bool is_granted = false;
    bool operator==(const VoteReply&) const = default;
};

// Also the heartbeat. An entry that names members is the first one in its message.
struct AppendRequest {
    LogTerm term = 0;
    LogPosition previous;  // the entry before
    LogIndex committed = 0;
    std::vector<LogEntry> entries{};
};

struct AppendReply {
    LogTerm term = 0;
    LogIndex rejected = 0;  // the entry before, if it is not there; 0: accepted
    LogIndex last = 0;      // the last entry that is there and durable
    bool operator==(const AppendReply&) const = default;
};

// A part of a snapshot; those of one snapshot come in order.
struct SnapshotPart {
    LogTerm term = 0;
    LogPosition at;
    LogIndex members_index = 0;
    Bytes members{};
    std::uint64_t size = 0;    // of the whole state
    std::uint64_t offset = 0;  // of this part in it
    Bytes data{};
    bool operator==(const SnapshotPart&) const = default;
};

// To the node that shall take over.
struct ElectionRequest {
    LogTerm term = 0;
    LogPosition last;
    bool operator==(const ElectionRequest&) const = default;
};

using Message =
    std::variant<VoteRequest, VoteReply, AppendRequest, AppendReply, SnapshotPart, ElectionRequest>;

// Who sends.
struct Sender {
    Uuid cluster_id;
    std::string address{};  // where this node is reached; empty if it does not know yet
};
struct Received {
    std::string address;
    Message message;
};

Bytes encode_message(const Sender& sender, const Message& message);
// Checks all that can be checked of a message by itself. Errors: corrupt, unsupported (a newer weir's),
// not_authorized (another cluster's).
Result<Received> decode_message(const Uuid& cluster_id, ByteView bytes);

}  // namespace weir::consensus
