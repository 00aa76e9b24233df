// Keeps a queue log short: the state goes into it now and then, and what lies before that and is needed by no
// queue is dropped.
#include "base/log_line.hpp"
#include "broker/queue/queue_shard.hpp"

namespace weir::queue {

// All that is applied is appended when this is called.
void QueueShard::snapshot_if_long() {
    if (snapshot_at_ || log_bytes_ < options_.snapshot_bytes) return;
    log_bytes_ = 0;  // whatever becomes of it: the next one comes when the log has grown as much once more
    const auto snapshot = machine_->snapshot();
    if (snapshot.size() > options_.max_snapshot_bytes) {
        log_warning("queues: the state of partition {} of {} takes {} bytes, so its log is not shortened",
                    place_.log->key().partition.value, queues_topic, snapshot.size());
        return;
    }
    message::BatchBuilder builder;
    builder.add(now_ms(), std::nullopt, ByteView(snapshot));
    const auto batch = std::make_shared<Bytes>(builder.finish());
    const auto appended = place_.log->append({batch, *batch}, place_.epoch, now_ms());
    if (!appended) return log_warning("queues: no snapshot: {}", appended.error().message);
    if (appended->base_offset != next_)
        return on_lost({Errc::internal, "somebody else has written to the queues' log"});
    snapshot_at_ = next_;
    next_ = next_ + 1;
}

// Once the snapshot is committed.
void QueueShard::shorten() {
    if (!snapshot_at_ || *snapshot_at_ >= committed_) return;
    const auto at = *std::exchange(snapshot_at_, std::nullopt);
    const auto first = std::min(at, machine_->log_use().first_used(at));
    if (first <= place_.log->log_start()) return;
    if (const auto deleted = place_.log->delete_before(first); !deleted)
        log_warning("queues: the log's old part could not be dropped: {}", deleted.error().message);
}

// What lay before it has served for its content alone.
Result<void> QueueShard::load_snapshot(ByteView snapshot) {
    machine_ = std::make_unique<QueueMachine>();
    log_bytes_ = 0;
    return machine_->load(snapshot);
}

}  // namespace weir::queue
