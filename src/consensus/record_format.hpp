// The metadata log's file: a header, then records, each checked together with all before it
// (docs/formats/metadata.md).
#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "consensus/metadata_log.hpp"

namespace weir::consensus {

inline constexpr std::size_t max_command_bytes = std::size_t{1} << 20;

// What a log file begins with.
struct LogHeader {
    Uuid cluster_id;
    LogIndex first = 1;         // the index of its first record
    LogTerm previous_term = 0;  // of the entry before that
};

inline constexpr std::size_t log_header_size = 48;

Bytes encode_log_header(const LogHeader& header);
// Errors: corrupt, unsupported; `path` is for the message.
Result<LogHeader> decode_log_header(ByteView file, const std::string& path);
// The checksum that the first record goes on from.
std::uint32_t log_header_chain(ByteView header);

// What a record holds. On disk: never give a number a new meaning.
enum class RecordKind : std::uint32_t {
    command = 1,  // for the state machine
    barrier = 2,  // nothing; tells that all before it is committed
    members = 3,  // the group's members from here on
};

struct Record {
    LogPosition at;
    RecordKind kind = RecordKind::command;
    ByteView command{};  // within the bytes read
};

inline constexpr std::size_t record_header_size = 28;

// Appends a record to `out`; `chain` is the checksum of the record before and becomes this one's.
void put_record(Bytes& out, std::uint32_t& chain, const Record& record);

// Walks over records until one does not hold: cut short, damaged, or left over from a write that failed.
class RecordReader {
  public:
    // `bytes` begin with the record of index `next`; `chain` is the checksum before it.
    RecordReader(ByteView bytes, LogPosition previous, std::uint32_t chain)
        : bytes_(bytes), previous_(previous), chain_(chain) {}

    // None at the first that does not hold, and at the end.
    std::optional<Record> next();

    std::size_t consumed() const { return consumed_; }  // bytes of the records given
    std::uint32_t chain() const { return chain_; }      // the last one's checksum
    LogPosition previous() const { return previous_; }  // the last one given

  private:
    ByteView bytes_;
    LogPosition previous_;
    std::uint32_t chain_;
    std::size_t consumed_ = 0;
};

}  // namespace weir::consensus
