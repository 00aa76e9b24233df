// The queues of one queue log as a state machine: no I/O, no clock, no randomness.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "broker/queue/deadlines.hpp"
#include "broker/queue/log_use.hpp"
#include "broker/queue/queue_effects.hpp"
#include "broker/queue/queue_state.hpp"

namespace weir::queue {

struct MachineLimits {
    std::size_t max_queues = 1'000'000;
    std::size_t deliveries_at_a_time = 1024;  // of one dispatch(), and deadlines of one on_time()
    std::size_t deliveries_of_a_queue = 64;   // before the next queue's turn
};

// A record where it lies in the log.
struct LogRecord {
    Offset position;
    std::int64_t timestamp_ms = 0;  // wall clock of the leader that appended it
    ByteView key;
    std::uint64_t content_bytes = 0;  // the value: a message's body
};

// First apply() every record of the log in order (behind those that a snapshot holds), then start() on the
// leader. From then on each step says which records to append; the caller appends them, apply()s them at once
// and calls dispatch(), until that leaves no records. What is applied is delivered only after committed() has
// passed it. If the log refuses records, the caller appends them again later. If it takes records and loses
// them, a new machine must be made from it. On followers apply() is all; they apply what is committed.
//
// What the log says survives; who holds which message does not: under a new leader all that was not settled
// is ready again. Times are wall clock. For one thread.
class QueueMachine {
  public:
    explicit QueueMachine(const MachineLimits& limits = {}) : limits_(limits) {}
    QueueMachine(const QueueMachine&) = delete;
    QueueMachine& operator=(const QueueMachine&) = delete;

    // ---- the log

    // Errors: corrupt, unsupported.
    Result<void> apply(const LogRecord& record);
    // The same for a record that the caller has just encoded.
    void apply(const QueueRecord& record, Offset position, std::int64_t timestamp_ms,
               std::uint64_t content_bytes);
    void start(std::int64_t now_ms);
    // Everything before `end` is committed.
    void committed(Offset end, Effects& effects);

    // The state that the log made, at a record's boundary (docs/formats/queue_log.md).
    Bytes snapshot() const;
    // Into a machine that knows nothing yet. Errors: corrupt, unsupported.
    Result<void> load(ByteView snapshot);

    // ---- queues

    Answer declare(QueueId queue, const std::string& name, const QueueConfig& config, std::int64_t now_ms,
                   Effects& effects);
    // Whether a queue keeps what is acknowledged can't be changed, nor whether it orders by key.
    Answer configure(QueueId queue, const QueueConfig& config, Effects& effects);
    CountReply remove(QueueId queue, bool if_unused, bool if_empty, Effects& effects);
    CountReply purge(QueueId queue, Effects& effects);  // what is ready
    // The `most` oldest ready messages become dead letters, of which the owner says where they go.
    CountReply move(QueueId queue, std::uint64_t most, Effects& effects);
    // The queue was used, though nobody consumes from it.
    void use(QueueId queue, std::int64_t now_ms);

    // ---- subscriptions (queue_feed.cpp)

    // These records of its topic are messages of the subscription from now on.
    Answer feed(const FeedRecord& record, Effects& effects);
    // A delivery whose record can't be had never reached its holder: it is settled if the record is gone for
    // good, or else comes again after a while. Its consumer may take another one.
    void pass_over(const Delivery& delivery, bool is_gone, std::int64_t now_ms, Effects& effects);

    // ---- publishing

    // Answered to the publisher once the record is committed.
    PublishReply publish(const PublishRequest& request, std::int64_t now_ms, Effects& effects);
    // A delayed message, named by its record's position.
    Answer cancel_delayed(Offset content, Effects& effects);
    Answer refer(const ReferRequest& request, Effects& effects);
    // A message that died in a queue of another log, whose source does not count here, comes in: its content
    // is the step's first record, which must be appended at `content`. no_such_queue: no target is here.
    Answer adopt(const ReferRequest& request, Reason reason, Offset content, std::uint64_t content_bytes,
                 Effects& effects);

    // ---- consuming

    Answer consume(const ConsumeRequest& request, std::int64_t now_ms, Effects& effects);
    // What it holds stays with its holder. May remove the queue (auto-delete).
    Answer cancel(ConsumerId consumer, std::int64_t now_ms, Effects& effects);
    // How many messages the consumer still takes.
    Answer grant(ConsumerId consumer, std::uint64_t credit);
    // How many messages the holder's consumers may hold together; 0: no limit.
    void set_window(HolderId holder, std::uint64_t window);
    GetReply get(QueueId queue, HolderId holder, bool settles_at_send, std::int64_t now_ms, Effects& effects);
    // Messages that the holder does not hold are passed over. Returns how many there were otherwise.
    std::size_t settle(const SettleRequest& request, std::int64_t now_ms, Effects& effects);
    // Cancels its consumers and releases all that it holds.
    void close(HolderId holder, std::int64_t now_ms, Effects& effects);

    // ---- steps

    // Hands out what can be, drops what has expired or is too much; false if it is to be called again.
    bool dispatch(std::int64_t now_ms, Effects& effects);
    // What is due because of time. Nothing is lost by calling it late, or early.
    void on_time(std::int64_t now_ms, Effects& effects);
    std::int64_t next_deadline_ms() const { return deadlines_.next_ms(); }
    // Records that say how far each queue was delivered, as far as the log does not know: to be appended now
    // and then, with others.
    void note_delivered(Effects& effects);

    // ---- questions

    const Queue* find(QueueId queue) const;
    std::optional<QueueStatus> status(QueueId queue) const;
    std::size_t queue_count() const { return queues_.size(); }
    std::vector<QueueId> queue_ids() const;  // in no order
    std::size_t delayed_count() const { return delayed_.size(); }
    const LogUse& log_use() const { return use_; }
    // Of all queues, also of those that are gone.
    const QueueCounters& counters() const { return counters_; }

  private:
    // A message that is in no queue before its time. There may be millions: what few have is apart.
    struct Delayed {
        struct More {
            std::int64_t ttl_ms = -1;
            std::uint64_t group = 0;
            std::vector<QueueId> targets{};  // but the first
            bool operator==(const More&) const = default;
        };
        std::int64_t deliver_at_ms = 0;
        std::uint32_t bytes = 0;
        std::uint8_t priority = 0;
        bool is_firing = false;  // the leader's
        QueueId target;
        std::unique_ptr<const More> more;

        void set(More what) {
            if (what != More{}) more = std::make_unique<const More>(std::move(what));
        }
        More rest() const { return more ? *more : More{}; }
    };
    // A message that is not committed yet.
    struct Uncommitted {
        Offset position;
        QueueId queue;
        Sequence sequence;
        bool overflows;
    };
    // Consumers and messages of one channel, session or link.
    struct Holder {
        std::uint64_t window = 0;
        std::uint64_t held = 0;
        std::set<QueueId> queues;  // that it consumes from or holds messages of
        QueueId last;              // of them that it got a message from: the others come first now
    };

    // Applying (queue_machine.cpp)
    void apply_record(const PublishRecord& record, const LogRecord& at);
    void apply_record(const ReferRecord& record, const LogRecord& at);
    void apply_record(const AcknowledgeRecord& record, const LogRecord& at);
    void apply_record(const ReleaseRecord& record, const LogRecord& at);
    void apply_record(const DeliveredRecord& record, const LogRecord& at);
    void apply_record(const DeclareRecord& record, const LogRecord& at);
    void apply_record(const ConfigureRecord& record, const LogRecord& at);
    void apply_record(const DeleteRecord& record, const LogRecord& at);
    void apply_record(const FireRecord& record, const LogRecord& at);
    void apply_record(const CancelRecord& record, const LogRecord& at);
    void apply_record(const TrimRecord& record, const LogRecord& at);
    void apply_record(const FeedRecord& record, const LogRecord& at);
    void enqueue(Queue& queue, IndexEntry entry, std::uint8_t priority, std::int64_t ttl_ms,
                 const LogRecord& at, bool overflows);
    void delay(const PublishRecord& record, const LogRecord& at);
    void count(Queue& queue, std::uint64_t QueueCounters::* what, std::uint64_t more = 1);
    void settle_one(Queue& queue, Lane& lane, Sequence sequence);
    static void let_go(Lane& lane, std::uint64_t number);
    // What a subscription's messages take is not the queue log's.
    void count_use(const Queue& queue, const IndexEntry& entry);
    void discount_use(const Queue& queue, const IndexEntry& entry);
    void forget_queue(Queue& queue);
    std::shared_ptr<const QueueConfig> intern(const QueueConfig& config);
    void release_config(std::shared_ptr<const QueueConfig> config);
    void start_queue(Queue& queue, std::int64_t now_ms);

    // The snapshot (queue_snapshot.cpp)
    static void write_queue(class FieldWriter& out, const Queue& queue, std::uint64_t config);
    void read_queue(class FieldReader& in, std::span<const std::shared_ptr<const QueueConfig>> configs);
    void read_delayed(class FieldReader& in);
    void count_queue(Queue& queue);

    // Leading (queue_publish.cpp, queue_consume.cpp, queue_dispatch.cpp, queue_admin.cpp)
    Queue* find_queue(QueueId queue) { return const_cast<Queue*>(find(queue)); }
    void touch(Queue& queue);
    void touch_all_of(HolderId holder);
    bool is_full(const Queue& queue, std::uint64_t more_bytes) const;
    ReferRecord referral(const ReferRequest& request, Reason reason) const;
    Holder& holder(HolderId id) { return holders_[id]; }
    bool is_ready(const Consumer& consumer) const;
    std::uint64_t room_of(const Consumer& consumer) const;
    std::uint64_t ready_behind_consumers(const Queue& queue) const;
    static bool is_expired(const Queue& queue, Sequence sequence, std::int64_t now_ms);
    Consumer* next_consumer(Queue& queue, Effects& effects);
    void choose_active(Queue& queue, Effects& effects);
    void remove_consumer(Queue& queue, ConsumerId consumer, std::int64_t now_ms, Effects& effects);
    void return_credit(Queue& queue, const Held& held);
    void release(Queue& queue, Sequence sequence, const SettleRequest& request, std::int64_t now_ms,
                 Effects& effects);
    bool settle_held(Queue& queue, Sequence sequence, const SettleRequest& request, std::int64_t now_ms,
                     Effects& effects);
    void retire(Queue& queue, Sequence sequence, Reason reason, Effects& effects);
    Delivery deliver(Queue& queue, Sequence sequence, Consumer* consumer, HolderId holder, bool settles,
                     Effects& effects);
    std::size_t drop_expired(Queue& queue, std::int64_t now_ms, std::size_t most, Effects& effects);
    std::size_t drop_unwanted(Queue& queue, std::size_t most, Effects& effects);
    template <class Test>
    std::size_t drop_heads(Queue& queue, std::size_t most, Effects& effects, Test has_expired);
    std::size_t hand_out(Queue& queue, std::int64_t now_ms, std::size_t most, Effects& effects);
    std::size_t drop_overflow(Queue& queue, std::int64_t now_ms, std::size_t most, Effects& effects);
    std::size_t serve(Queue& queue, std::int64_t now_ms, std::size_t most, Effects& effects);
    void arm_head(Queue& queue);
    void arm_retention(Queue& queue, std::int64_t now_ms);
    void trim(Queue& queue, std::int64_t now_ms, Effects& effects);
    void on_deadline(const Deadlines::Deadline& deadline, std::int64_t now_ms, Effects& effects);
    void check_lease(Queue& queue, std::int64_t now_ms, Effects& effects);
    void add_delete(Queue& queue, Effects& effects);

    const MachineLimits limits_;
    // From the log
    std::unordered_map<QueueId, Queue> queues_;
    std::map<Bytes, std::shared_ptr<const QueueConfig>> configs_;  // by their encoded form
    std::unordered_map<std::int64_t, Delayed> delayed_;            // by position
    LogUse use_;
    // The leader's
    bool started_ = false;
    std::unordered_map<HolderId, Holder> holders_;
    std::unordered_map<ConsumerId, QueueId> consumers_;
    std::deque<Uncommitted> uncommitted_;
    std::deque<QueueId> touched_;
    std::set<QueueId> to_note_;  // delivered further than the log knows
    Deadlines deadlines_;
    QueueCounters counters_;
};

// Adds a settled message to the step's last record if that is of the same kind, else as a new one.
void add_acknowledge(Effects& effects, QueueId queue, Reason reason, Sequence sequence);

}  // namespace weir::queue
