// Walks the records of one batch: offset, timestamp, key, value and headers as views.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "broker/message/compression.hpp"
#include "log/batch_format.hpp"

namespace weir::message {

struct HeaderView {
    std::string_view key;
    std::optional<ByteView> value;
};

// One record. The views point into the batch, or into what its reader unpacked.
struct RecordView {
    Offset offset;
    std::int32_t offset_delta = 0;
    std::int64_t timestamp_ms = 0;  // the record's own, or the batch's if that has log-append time
    std::optional<ByteView> key;
    std::optional<ByteView> value;  // nothing: a tombstone
    std::int32_t header_count = 0;
    ByteView header_bytes;  // known to hold header_count well-formed headers

    std::vector<HeaderView> headers() const;
};

// Whether the record of somebody who was not checked has the headers that it says, and nothing behind them.
bool has_whole_headers(const RecordView& record);

// For one thread. Offsets may have gaps (compaction makes them) but must rise.
class RecordReader {
  public:
    // `batch` is one whole batch, whose header and checksum log::validate() has passed, and must outlive the
    // reader. Compressed records are unpacked here. Errors: those of decompress(), invalid_record.
    static Result<RecordReader> open(ByteView batch, std::size_t unpacked_limit = max_unpacked_bytes);

    RecordReader(RecordReader&&) = default;
    RecordReader& operator=(RecordReader&&) = default;
    RecordReader(const RecordReader&) = delete;
    RecordReader& operator=(const RecordReader&) = delete;

    // Reads the next record into `record`; false at the end. Errors: invalid_record (the structure does not
    // hold, or the batch has more or fewer records than its header says): nothing can be read after it.
    Result<bool> next(RecordView& record);

    std::int32_t records_read() const { return records_read_; }

  private:
    RecordReader(log::BatchView batch, Bytes unpacked, ByteView records)
        : batch_(batch), unpacked_(std::move(unpacked)), rest_(records) {}

    log::BatchView batch_;
    Bytes unpacked_;
    ByteView rest_;
    std::int32_t records_read_ = 0;
    std::int32_t last_delta_ = -1;
};

// Calls `visit`, which returns whether to go on (Result<bool>), with each record of a batch as for
// RecordReader::open. Errors: those of the reader and of `visit`.
template <class Visit>
Result<void> for_each_record(ByteView batch, Visit visit, std::size_t unpacked_limit = max_unpacked_bytes) {
    auto reader = RecordReader::open(batch, unpacked_limit);
    if (!reader) return reader.error();
    RecordView record;
    for (;;) {
        const auto more = reader->next(record);
        if (!more) return more.error();
        if (!*more) return {};
        const Result<bool> goes_on = visit(record);
        if (!goes_on) return goes_on.error();
        if (!*goes_on) return {};
    }
}

}  // namespace weir::message
