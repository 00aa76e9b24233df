// One queue log with the machine that it makes: decides, appends, applies, answers once that is committed,
// and hands out messages with their content.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "base/time.hpp"
#include "broker/message/batch_builder.hpp"
#include "broker/queue/message_store.hpp"
#include "broker/queue/queue_machine.hpp"
#include "broker/queue/queue_request.hpp"
#include "broker/queue/record_source.hpp"
#include "broker/queue/snapshot_pieces.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::queue {

// The internal topic whose partitions are the queue logs, known to tools by this name.
inline constexpr std::string_view queues_topic = "__queues";

// Of one answer to a reader of kept messages, and of old batches that one log keeps in memory for them.
inline constexpr std::uint64_t max_read_bytes = std::uint64_t{8} << 20;
inline constexpr std::size_t kept_old_bytes = std::size_t{8} << 20;

struct ShardOptions {
    std::size_t batch_bytes = std::size_t{1} << 20;           // of records, before another batch is begun
    std::size_t slice_bytes = std::size_t{256} << 10;         // read at a time while loading
    std::uint64_t snapshot_bytes = std::uint64_t{64} << 20;   // of the log, after which it gets one
    std::size_t snapshot_piece_bytes = std::size_t{1} << 20;  // of a record of it
    // The log grows at least by so many times its last snapshot's size before the next.
    std::uint64_t snapshot_share = 8;
    std::int64_t load_retry_ms = 1000;  // after a log could not be read
    std::int64_t bury_retry_ms = 1000;  // after a dead letter could not be brought to where it goes
    // After a batch the next one is gathered for a millisecond for so many of its records, at most so long.
    std::int64_t records_a_pause_ms = 64;
    std::int64_t most_pause_ms = 2;
    std::int64_t note_ms = 50;  // after a delivery, till the log knows of it even if nothing else happens
};

struct ShardPlace {
    std::shared_ptr<log::PartitionLog> log;  // of the durability `journal`
    LeaderEpoch epoch;
    runtime::TimedExecutor* executor = nullptr;  // on which the shard lives; must outlive it
};

// What the shard tells its owner. Called on the executor.
struct ShardSeams {
    std::function<void(class QueueShard&)> on_ready;          // the log is loaded
    std::function<void(QueueId, std::string)> on_deleted;     // the queue and its name, by whatever step
    std::function<void(QueueShard&, QueueId)> on_subscribed;  // a subscription has come
    FindTopicLog find_topic;                                  // for subscriptions; may be empty
    FetchRecords fetch_records;                               // likewise
    // Answered by refer(), or bury_again().
    std::function<void(QueueShard&, const DeadMessage&)> on_dead;
};

// All methods but post(), submit() and log() only on the executor. Loading reads the log from its newest
// snapshot, and begins anew at each further one.
class QueueShard : public std::enable_shared_from_this<QueueShard> {
  public:
    using Decide = std::function<void(QueueMachine&, std::int64_t now_ms, Effects&)>;
    using Done = std::function<void(Result<void>)>;

    QueueShard(const ShardOptions& options, const Clock& clock, ShardPlace place, ShardSeams seams);

    // Runs `action` on the executor if the shard still lives then. From any thread.
    void post(std::function<void(QueueShard&)> action);
    // The same once the log is loaded, or the shard is stopped: in the order of the calls.
    void submit(std::function<void(QueueShard&)> action);
    const log::PartitionLog& log() const { return *place_.log; }  // from any thread
    LeaderEpoch epoch() const { return place_.epoch; }            // likewise

    void start() { begin_load(); }
    // Another node leads the log: everything from now on is answered with `why`, what waits for its commit
    // with outcome_unknown.
    void stop(const Error& why);

    // `done` comes once all that the step led to is committed; or with an error, and then it is not known
    // whether it took effect, unless that is not_leader (it did not).
    void step(const Decide& decide, Done done);
    // As step(), with the message as content.
    void publish(const PublishRequest& request, const Message& message,
                 std::function<void(Result<PublishReply>)> done);
    // As publish(), one after the other.
    void publish_all(const std::vector<EnqueueRequest>& publishes,
                     std::function<void(Result<TransactReply>)> done);
    // As publish(), of all that the request has.
    void transact(const TransactRequest& request, std::function<void(Result<TransactReply>)> done);
    // A message for a holder who asks for one; with no delivery, or with its content.
    using Got = std::function<void(Result<GetReply>, StoredMessage)>;
    void get(QueueId queue, HolderId holder, bool settles, const Got& got);
    void attach(HolderId holder, std::shared_ptr<Receiver> receiver) {
        receivers_[holder] = std::move(receiver);
    }
    // Batches of a subscription's topic, which another node leads: they may be asked for soon.
    void keep(const log::LogKey& log,
              const std::vector<std::shared_ptr<const message::StoredBatch>>& batches);
    // What it holds goes back.
    void close(HolderId holder, Done done);

    // Messages that are kept; also what is not there yet, when it has come.
    using Read = std::function<void(Result<ReadReply>)>;
    void read(const ReadRequest& request, Read done);

    // A dead letter goes into queues of this log, and leaves its own.
    void refer(const ReferRequest& request);
    // A dead letter of another log comes in.
    void adopt(const ReferRequest& request, Reason reason, const Message& message, Done done);
    // The owner is asked again later: where it goes could not be reached.
    void bury_again(const DeadLetter& letter);

    // What may be read of the log has advanced.
    void on_advance();
    // Something that the log had taken is lost.
    void on_lost(const Error& error);

    bool is_ready() const { return state_ == State::ready; }
    const QueueMachine& machine() const { return *machine_; }  // once it is ready

  private:
    enum class State { loading, ready, stopped };
    struct Waiting {
        Offset end;  // of all that was appended before
        Done done;
    };
    struct WaitingRead {
        ReadRequest request;
        Read done;
        std::unique_ptr<runtime::Timer> timer;
    };

    // Loading (queue_shard_load.cpp)
    void begin_load();
    void load_more();
    void load_committed();
    Result<void> load_batches(Offset end);
    Result<void> apply_batch(ByteView batch);
    void finish_load();
    void retry_load(const Error& error);

    // Snapshots (queue_shard_snapshot.cpp)
    void snapshot_if_long();
    void shorten();
    Result<void> load_snapshot(ByteView value);
    bool append_piece(const Bytes& value);

    // Dead letters (queue_shard_dead.cpp)
    void bury_later();
    void bury_some();
    void bury(const DeadLetter& letter);

    // Reading what is kept (queue_shard_read.cpp)
    struct Kept;
    Kept kept(const ReadRequest& request) const;
    Result<std::uint64_t> number_of(const Kept& kept, const ReadStart& start);
    Result<std::uint64_t> number_at(const Kept& kept, std::int64_t time_ms);
    Result<ReadReply> read_now(const ReadRequest& request);
    void answer_reads();
    void answer_read(std::uint64_t id);

    // Handing out (queue_shard_deliver.cpp)
    using Arrivals = std::unordered_map<HolderId, std::vector<Arrival>>;
    using Fetched = Result<FetchedRecords>;
    struct Getting;
    void hand_out();
    void give(Arrivals arrivals);
    Result<StoredMessage> content_of(const Delivery& delivery);
    Result<StoredMessage> content_from(const Delivery& delivery, const Fetched& fetched);
    void fetch(const Delivery& delivery, std::function<void(const Fetched&)> then);
    void on_fetched(const log::LogKey& log, const Fetched& fetched);
    void fetch_first(HolderId holder);
    void hand_out_unread(HolderId holder, const Fetched& fetched);
    void got(const std::shared_ptr<Getting>& getting);
    void got(const std::shared_ptr<Getting>& getting, const Fetched& fetched);
    void fail_gettings(const Error& error);
    void pass_over_later(const Delivery& delivery, const Error& why);
    void pass_over(const Delivery& delivery, bool is_gone);

    void perform(Effects effects, const Message* content = nullptr);
    void add(const QueueRecord& record, const Message* content);
    void put(const QueueRecord& record, const Message* content);
    void add_all(const std::vector<QueueRecord>& records, const Message* content);
    void put_all(Effects& effects, const Message* content);
    void collect(Effects& effects);
    void flush();
    void flush_later();
    void flush_if_due();
    void pause(std::int64_t records);
    void answer(Done done);
    void answer_waiting();
    void fail_all(const Error& error);
    void forget_state();
    void run_deferred();
    void arm_timer();
    void note_later();
    std::int64_t now_ms() const { return clock_.wall_ms(); }

    const ShardOptions options_;
    const Clock& clock_;
    const ShardPlace place_;
    const ShardSeams seams_;

    State state_ = State::loading;
    Error stopped_;  // why
    std::unique_ptr<QueueMachine> machine_;
    std::uint64_t load_round_ = 0;  // tells tasks of an older load apart
    Offset loaded_to_;
    MessageStore messages_;
    MessageStore old_messages_;  // of those who read what is kept: it does not push out the newest
    RecordSource records_;       // of subscriptions

    message::BatchBuilder builder_;  // applied, not appended yet
    Bytes key_;                      // of the record that was added last: memory for the next
    bool is_wanted_soon_ = false;    // the content of what is not appended yet
    Offset next_;                    // of the next record
    Offset committed_;               // the machine knows that what lies before it is
    bool flush_queued_ = false;
    std::unique_ptr<runtime::Timer> pause_;  // until it ends no batch is begun but for its size
    std::uint64_t log_bytes_ = 0;            // of batches, since the last snapshot
    std::uint64_t snapshot_size_ = 0;        // of the last one
    SnapshotPieces pieces_;                  // while loading
    std::optional<std::pair<Offset, Offset>> snapshot_at_;  // begin and end of one that is not committed yet
    std::deque<Waiting> waiting_;
    std::map<std::uint64_t, WaitingRead> reads_;  // of what has not come yet
    std::uint64_t last_read_ = 0;
    // Of a subscription: the first one's record is being fetched from another node, and what comes behind it
    // waits.
    std::unordered_map<HolderId, std::deque<Delivery>> unread_;
    std::map<log::LogKey, std::vector<std::function<void(const Fetched&)>>> fetches_;  // who waits for them
    std::set<std::shared_ptr<Getting>> gettings_;
    std::vector<std::function<void(QueueShard&)>> deferred_;  // until the log is loaded
    std::unordered_map<HolderId, std::shared_ptr<Receiver>> receivers_;
    std::vector<Delivery> deliveries_;  // of the step at hand
    std::vector<Notice> notices_;
    std::deque<DeadLetter> dead_letters_;  // of which the owner has not been told
    bool bury_queued_ = false;
    std::vector<DeadLetter> unburied_;  // until the timer
    std::unique_ptr<runtime::Timer> bury_timer_;

    std::unique_ptr<runtime::Timer> timer_;
    std::int64_t timer_ms_ = never_ms;  // wall clock
    std::unique_ptr<runtime::Timer> note_timer_;
    std::unique_ptr<runtime::Timer> load_timer_;
};

}  // namespace weir::queue
