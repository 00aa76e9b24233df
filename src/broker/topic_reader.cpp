// A batch at a time from the log.
#include "broker/topic_reader.hpp"

#include "broker/message/time_search.hpp"

namespace weir::broker {

namespace {

struct Finder {
    log::PartitionLog& log;

    Result<Offset> operator()(FirstRecord) const { return log.log_start(); }
    Result<Offset> operator()(NextRecord) const { return log.readable_end(); }
    Result<Offset> operator()(LastBatch) const {
        const auto end = log.readable_end();
        if (end <= log.log_start()) return end;
        const auto batch = message::StoredBatch::load(log, end - 1, end);
        if (!batch) return batch.error();
        return std::max((*batch)->base(), log.log_start());
    }
    Result<Offset> operator()(Offset offset) const {
        return std::clamp(offset, log.log_start(), std::max(log.log_start(), log.readable_end()));
    }
    Result<Offset> operator()(AtTime time) const {
        const auto found = message::find_time(log, time.timestamp_ms);
        if (!found) return found.error();
        return *found ? (*found)->offset : log.readable_end();
    }
};

}  // namespace

Result<Offset> offset_of(log::PartitionLog& log, const Start& start) {
    return std::visit(Finder{log}, start);
}

PartitionReader::PartitionReader(CommitHub& hub, runtime::Reactor& reactor,
                                 std::shared_ptr<log::PartitionLog> log, Offset from,
                                 std::function<void()> on_more)
    : hub_(hub), reactor_(reactor), log_(std::move(log)), on_more_(std::move(on_more)), next_(from) {
    hub_.watch(reactor_, *this, {log_});
}

PartitionReader::~PartitionReader() {
    hub_.unwatch(reactor_, *this);
}

void PartitionReader::on_advance() {
    if (std::exchange(is_waiting_, false)) on_more_();
}

Result<const message::RecordView*> PartitionReader::next() {
    for (;;) {
        if (batch_ && next_ < batch_->next()) {
            if (const auto* record = batch_->find(next_)) {
                next_ = record->offset + 1;
                return record;
            }
            next_ = batch_->next();
        }
        next_ = std::max(next_, log_->log_start());
        is_waiting_ = true;  // before the look: an advance after it is told
        const auto end = log_->readable_end();
        if (next_ >= end) return nullptr;
        is_waiting_ = false;
        auto loaded = message::StoredBatch::load(*log_, next_, end);
        if (!loaded && loaded.error().code == Errc::offset_out_of_range && next_ < log_->log_start())
            continue;
        if (!loaded) return loaded.error();
        batch_ = std::move(*loaded);
        next_ = std::max(next_, batch_->base());
    }
}

}  // namespace weir::broker
