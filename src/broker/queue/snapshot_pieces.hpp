// A snapshot as records of its log: in one, or in pieces when it is large; and where the newest one begins.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "log/partition_log.hpp"

namespace weir::queue {

// The values of the records that make up `snapshot`, each of about `piece_bytes` at most.
std::vector<Bytes> snapshot_values(Bytes snapshot, std::size_t piece_bytes);

// Puts pieces together that lie behind one another.
class SnapshotPieces {
  public:
    // The value of a record without a key. Returns the snapshot with its last piece. Errors: corrupt.
    Result<std::optional<Bytes>> add(ByteView value);
    // Another record comes: what is not whole will never be, since its writer ended in the middle of it.
    void drop() { *this = {}; }
    bool is_empty() const { return next_ == 0; }

  private:
    Bytes whole_;
    std::uint64_t next_ = 0;  // piece
    std::uint64_t count_ = 0;
};

// Where the newest whole snapshot in the log begins, looked for from `end` (at most durable_end) backwards,
// by the batches' headers alone as far as that will do; nothing: there is none. Blocks. Errors: those of
// reading.
Result<std::optional<Offset>> newest_snapshot(log::PartitionLog& log, Offset end);

}  // namespace weir::queue
