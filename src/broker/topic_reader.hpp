// Reads one partition record by record from an offset on, and tells when there is more: on one reactor.
#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "broker/commit_hub.hpp"
#include "broker/message/stored_batch.hpp"

namespace weir::broker {

// Where a reader begins.
struct FirstRecord {};
struct LastBatch {};
struct NextRecord {};
struct AtTime {
    std::int64_t timestamp_ms = 0;
};
using Start = std::variant<FirstRecord, LastBatch, NextRecord, Offset, AtTime>;

// What is not there any more, or not yet, is the nearest that is. Blocks. Errors: those of the log.
Result<Offset> offset_of(log::PartitionLog& log, const Start& start);

// Records in order, on one reactor.
class RecordStream {
  public:
    virtual ~RecordStream() = default;
    // The next record, valid until the next call; null: there is none yet.
    virtual Result<const message::RecordView*> next() = 0;
    virtual PartitionId partition() const = 0;
};

class PartitionReader final : public RecordStream, public Watch {
  public:
    PartitionReader(CommitHub& hub, runtime::Reactor& reactor, std::shared_ptr<log::PartitionLog> log,
                    Offset from, std::function<void()> on_more);
    ~PartitionReader() override;
    PartitionReader(const PartitionReader&) = delete;
    PartitionReader& operator=(const PartitionReader&) = delete;

    // The next record, valid until the next call; null: there is none yet, `on_more` is called when there
    // may be. What retention has dropped is passed over. Blocks. Errors: those of the log.
    Result<const message::RecordView*> next() override;
    PartitionId partition() const override { return log_->key().partition; }

    void on_advance() override;

  private:
    CommitHub& hub_;
    runtime::Reactor& reactor_;
    const std::shared_ptr<log::PartitionLog> log_;
    const std::function<void()> on_more_;
    Offset next_;
    bool is_waiting_ = false;  // for the log to advance
    std::shared_ptr<const message::StoredBatch> batch_;
};

}  // namespace weir::broker
