// Snapshots of the state machine on disk: checked block by block and as a whole (docs/formats/metadata.md).
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "consensus/metadata_log.hpp"
#include "runtime/file.hpp"

namespace weir::consensus {

inline constexpr std::uint64_t max_snapshot_bytes = std::uint64_t{1} << 30;

struct Snapshot {
    Uuid cluster_id;
    LogPosition at;              // the last entry that it covers
    LogIndex members_index = 0;  // the entry that named the members
    Bytes members{};             // as encode_members() makes them
    Bytes state{};
};

Bytes encode_snapshot(const Snapshot& snapshot);
// Errors: corrupt, unsupported; `path` is for the message.
Result<Snapshot> decode_snapshot(ByteView file, const std::string& path);

// Writes the file so that it is there whole or not at all. Errors: no_space, io_error and the like.
Result<void> write_snapshot(runtime::FileSystem& files, const std::string& path, const Snapshot& snapshot);
Result<Snapshot> read_snapshot(runtime::FileSystem& files, const std::string& path);

}  // namespace weir::consensus
