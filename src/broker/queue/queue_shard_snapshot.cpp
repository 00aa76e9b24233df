// Keeps a queue log short: the state goes into it now and then, and what lies before that and is needed by no
// queue is dropped.
#include "base/log_line.hpp"
#include "broker/queue/queue_shard.hpp"

namespace weir::queue {

// All that is applied is appended when this is called.
void QueueShard::snapshot_if_long() {
    const auto after_bytes = std::max(options_.snapshot_bytes, options_.snapshot_share * snapshot_size_);
    if (snapshot_at_ || log_bytes_ < after_bytes) return;
    log_bytes_ = 0;  // whatever becomes of it: the next one comes when the log has grown as much once more
    auto snapshot = machine_->snapshot();
    snapshot_size_ = snapshot.size();
    const auto begin = next_;
    for (const auto& value : snapshot_values(std::move(snapshot), options_.snapshot_piece_bytes)) {
        if (!append_piece(value)) return;
    }
    snapshot_at_ = {begin, next_};
}

bool QueueShard::append_piece(const Bytes& value) {
    message::BatchBuilder builder;
    builder.add(now_ms(), std::nullopt, ByteView(value));
    const auto batch = std::make_shared<Bytes>(builder.finish());
    const auto appended = place_.log->append({batch, *batch}, place_.epoch, now_ms());
    if (!appended) {
        log_warning("queues: no snapshot: {}", appended.error().message);
        return false;
    }
    if (appended->base_offset != next_) {
        on_lost({Errc::internal, "somebody else has written to the queues' log"});
        return false;
    }
    next_ = next_ + 1;
    return true;
}

// Once the snapshot is committed.
void QueueShard::shorten() {
    if (!snapshot_at_ || snapshot_at_->second > committed_) return;
    const auto at = std::exchange(snapshot_at_, std::nullopt)->first;
    const auto first = std::min(at, machine_->log_use().first_used(at));
    if (first <= place_.log->log_start()) return;
    if (const auto deleted = place_.log->delete_before(first); !deleted)
        log_warning("queues: the log's old part could not be dropped: {}", deleted.error().message);
}

// What lay before it has served for its content alone.
Result<void> QueueShard::load_snapshot(ByteView value) {
    const auto snapshot = pieces_.add(value);
    if (!snapshot) return snapshot.error();
    if (!*snapshot) return {};
    machine_ = std::make_unique<QueueMachine>();
    log_bytes_ = 0;
    snapshot_size_ = (*snapshot)->size();
    return machine_->load(**snapshot);
}

}  // namespace weir::queue
