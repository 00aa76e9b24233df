// The records that keep groups and their offsets: typed, and as the bytes of docs/formats/groups.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "broker/stream/group_request.hpp"

namespace weir::stream {

inline constexpr std::size_t max_string_bytes = 32767;  // what the format's 16-bit lengths can say

struct CommittedOffset {
    Offset offset;
    LeaderEpoch leader_epoch = no_epoch;
    std::string metadata;
    std::int64_t commit_timestamp_ms = 0;
    std::int64_t expire_timestamp_ms =
        -1;  // -1: the group's rule. Where it is set, the leader epoch is not kept

    bool operator==(const CommittedOffset&) const = default;
};

// What `group` committed for a partition; nothing: it is forgotten.
struct OffsetRecord {
    std::string group;
    TopicPartition where;
    std::optional<CommittedOffset> value;

    bool operator==(const OffsetRecord&) const = default;
};

struct StoredMember {
    std::string member_id;
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string client_host;
    std::int32_t rebalance_timeout_ms = 0;
    std::int32_t session_timeout_ms = 0;
    Bytes metadata;  // for the chosen protocol
    Bytes assignment;

    bool operator==(const StoredMember&) const = default;
};

struct StoredGroup {
    std::string protocol_type;
    std::int32_t generation = 0;
    std::optional<std::string> protocol;
    std::optional<std::string> leader;
    std::int64_t state_timestamp_ms = -1;  // since when the group is in its state; -1: not known
    std::vector<StoredMember> members;

    bool operator==(const StoredGroup&) const = default;
};

// A generation as it was agreed; nothing: the group is gone.
struct GroupRecord {
    std::string group;
    std::optional<StoredGroup> value;

    bool operator==(const GroupRecord&) const = default;
};

struct EncodedRecord {
    Bytes key;
    std::optional<Bytes> value;

    std::size_t size() const { return key.size() + (value ? value->size() : 0); }
    bool operator==(const EncodedRecord&) const = default;
};

// Strings must not exceed max_string_bytes.
EncodedRecord encode(const OffsetRecord& record);
EncodedRecord encode(const GroupRecord& record);

// monostate: a kind of record that this version does not know and passes over.
using DecodedRecord = std::variant<std::monostate, OffsetRecord, GroupRecord>;

// Errors: corrupt.
Result<DecodedRecord> decode(ByteView key, std::optional<ByteView> value);

}  // namespace weir::stream
