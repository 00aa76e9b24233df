// The journal's bytes: rounds of entries, each behind a header that names what came before
// (docs/formats/journal.md).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "log/partition_log.hpp"

namespace weir::log {

inline constexpr std::size_t journal_block =
    4096;  // rounds begin at multiples: a torn one can't harm its neighbour
inline constexpr std::size_t round_header_size = 64;
inline constexpr std::size_t entry_header_size = 40;
inline constexpr std::uint32_t largest_round = std::uint32_t{1} << 30;

enum class EntryType : std::uint8_t {
    description = 1,  // a log's label and durability; before its first batch, and when they change
    batch = 2,        // a batch, whole
    start = 3,        // the log start has moved to `offset`
    removal = 4,      // the log is gone
    cut = 5,          // the log's end has been cut off: its whole state since, whatever was said of it before
};

struct RoundHeader {
    Uuid store;
    std::uint64_t sequence = 0;          // counts rounds, from 1
    std::uint64_t durable_sequence = 0;  // the last round known to be durable when this one was written
    std::uint32_t payload_bytes = 0;
    std::uint32_t entries = 0;
    std::uint32_t payload_checksum = 0;
    std::uint32_t previous = 0;  // the header checksum of the round before: stale rounds do not fit
    std::int64_t time_ms = 0;
    std::uint32_t checksum = 0;  // of the header itself

    std::uint64_t size() const {  // on disk
        return (round_header_size + payload_bytes + journal_block - 1) / journal_block * journal_block;
    }
};

struct JournalEntry {
    static constexpr std::uint8_t new_segment = 1;     // this batch is the first of a new segment
    static constexpr std::uint8_t after_unlogged = 2;  // batches before it were synced without the journal

    EntryType type = EntryType::batch;
    std::uint8_t flags = 0;
    LogKey key;
    Offset offset;  // base offset, new log start, or 0
    ByteView data;
};

struct LogDescription {
    std::string label;
    Durability durability = Durability::journal;
};

// Fills in header.checksum.
void encode_round_header(RoundHeader& header, std::uint8_t* out);
// Nothing unless it is a whole header with a right checksum.
std::optional<RoundHeader> decode_round_header(ByteView bytes);

void encode_entry_header(const JournalEntry& entry, std::uint32_t data_bytes, std::uint8_t* out);
void put_description(Bytes& out, const LogDescription& description);
Result<LogDescription> decode_description(ByteView data);

// Calls `take` with each entry of a payload whose checksum holds. Errors: corrupt, and what `take` returns.
Result<void> for_each_entry(const RoundHeader& header, ByteView payload,
                            const std::function<Result<void>(const JournalEntry&)>& take);

}  // namespace weir::log
