// Builds one batch from records, with header and checksum, as weir's own records and commands need it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "broker/message/record_reader.hpp"
#include "log/batch_format.hpp"

namespace weir::message {

struct BatchOptions {
    log::Compression compression = log::Compression::none;
    ProducerId producer_id = no_producer;
    ProducerEpoch producer_epoch{-1};
    std::int32_t base_sequence = -1;
    bool transactional = false;
    bool control = false;
};

// For one thread. Offsets count from 0; appending the batch to a log assigns the real ones.
class BatchBuilder {
  public:
    explicit BatchBuilder(BatchOptions options = {}) : options_(options) {}

    void add(std::int64_t timestamp_ms, std::optional<ByteView> key, std::optional<ByteView> value,
             std::span<const HeaderView> headers = {});

    std::int32_t record_count() const { return record_count_; }
    // What the records take before compression, with the batch's header: for deciding when a batch is full.
    std::size_t size() const { return std::max(log::batch_header_size, batch_.size()); }

    // The batch; there must be a record. The builder is empty afterwards and can be used again.
    Bytes finish();

  private:
    BatchOptions options_;
    Bytes batch_;                  // empty, or room for the header and the records so far
    std::size_t likely_size_ = 0;  // of the next one: that of the last
    std::int32_t record_count_ = 0;
    std::int64_t base_timestamp_ms_ = 0;
    std::int64_t max_timestamp_ms_ = 0;
};

}  // namespace weir::message
