// The checkpoint: all logs' state at a place in the journal, from where recovery replays
// (docs/formats/checkpoint.md).
#pragma once

#include <string>
#include <vector>

#include "log/journal_reader.hpp"
#include "log/log_state.hpp"

namespace weir::log {

struct RemovedLog {
    LogKey key;
    std::uint64_t sequence = 0;  // the journal round that removed it: earlier ones may still speak of it
};

struct Checkpoint {
    Uuid store;
    JournalPosition journal;
    std::vector<LogState> logs;
    std::vector<RemovedLog> removed;
};

// One log's state, as checkpoints hold it and as a cut's entry in the journal does.
Bytes encode_log(const LogState& log);
Result<LogState> decode_log(ByteView bytes);

Bytes encode_checkpoint(const Checkpoint& checkpoint);
// Errors: corrupt, unsupported (made by a later version).
Result<Checkpoint> decode_checkpoint(ByteView content);

Result<void> write_checkpoint(runtime::FileSystem& files, const std::string& directory,
                              const Checkpoint& checkpoint);
// Errors: not_found, and those of decoding, with the file's name.
Result<Checkpoint> read_checkpoint(runtime::FileSystem& files, const std::string& directory);

}  // namespace weir::log
