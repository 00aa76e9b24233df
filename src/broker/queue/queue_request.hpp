// What is asked of the log that holds a queue, wherever it is led: each request with its reply.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "base/result.hpp"
#include "broker/queue/queue_message.hpp"

namespace weir::queue {

// What a holder of messages is told. Called on any thread; must not call back at once.
class Receiver {
  public:
    virtual ~Receiver() = default;
    virtual void on_arrivals(std::vector<Arrival> arrivals) = 0;
    virtual void on_notice(const Notice& notice) = 0;
    // What it held is ready again, for whoever comes first.
    virtual void on_lost(const Error& why) = 0;
};

struct StatusReply {
    Answer answer = Answer::done;
    QueueStatus status;
};
struct Got {
    GetReply reply;
    StoredMessage message;  // if there is a delivery
};

struct DeclareRequest {
    using Reply = StatusReply;
    QueueId queue;
    std::string name;
    QueueConfig config;
    std::vector<FeedRecord> first{};  // where a subscription begins, whatever queue they name
};
// What is in the queue once all that came before is committed.
struct StatusRequest {
    using Reply = StatusReply;
    QueueId queue;
};
struct PurgeRequest {
    using Reply = CountReply;
    QueueId queue;
};
struct RemoveRequest {
    using Reply = CountReply;
    QueueId queue;
    bool if_unused = false;
    bool if_empty = false;
};
struct EnqueueRequest {
    using Reply = PublishReply;
    PublishRequest publish;
    MessagePtr message;
};
// The holder is known from now on: what its consumers hold together is at most `window`; 0: no limit.
struct AttachRequest {
    using Reply = Answer;
    HolderId holder;
    std::uint64_t window = 0;
    std::shared_ptr<Receiver> receiver;
};
struct SubscribeRequest {
    using Reply = Answer;
    ConsumeRequest consume;
};
struct CancelRequest {
    using Reply = Answer;
    ConsumerId consumer;
    HolderId holder;  // its own
};
// The consumer takes so many messages more.
struct GrantRequest {
    using Reply = Answer;
    QueueId queue;
    ConsumerId consumer;
    std::uint64_t more = 0;
};
// The holder must be attached.
struct TakeRequest {
    using Reply = Got;
    QueueId queue;
    HolderId holder;
    bool settles = false;
};
// Answered once it is committed; the count is that of messages that the holder did not hold.
struct DispositionRequest {
    using Reply = CountReply;
    SettleRequest settle;
};
// What it holds goes back.
struct CloseRequest {
    using Reply = Answer;
    HolderId holder;
};
// Publishes and settlements that the log takes all together or not at all, in one batch, however large: the
// caller bounds them. Answered once they are committed.
struct TransactReply {
    std::vector<PublishReply> publishes;  // in the order of the request's
};
struct TransactRequest {
    using Reply = TransactReply;
    std::vector<EnqueueRequest> publishes;
    std::vector<SettleRequest> settlements;
};
// Publishes that came together: each as if it were asked for alone, in their order. Answered once all of them
// are committed.
struct EnqueueAllRequest {
    using Reply = TransactReply;
    std::vector<EnqueueRequest> publishes;
};

// A dead letter of another log comes in; repeated, it comes twice.
struct AdoptRequest {
    using Reply = Answer;
    ReferRequest refer;  // its source is the other log's
    Reason reason = Reason::rejected;
    MessagePtr message;
};

// Where a reader of kept messages begins, in their lane.
struct ReadStart {
    enum class Kind : std::uint8_t {
        number,  // at `value`, if it is there
        first,
        last,
        next,     // behind the last
        at_time,  // the first that came at or after `value` (wall clock, ms)
    };
    Kind kind = Kind::number;
    std::int64_t value = 0;
};
struct KeptMessage {
    std::int64_t time_ms = 0;  // when it came into the queue, or of a delayed one was published
    StoredMessage message;
};
// [first, end) is what there is; the messages have consecutive numbers.
struct ReadReply {
    Answer answer = Answer::done;
    std::uint64_t first = 0;
    std::uint64_t end = 0;
    std::uint64_t from = 0;  // the number of the first message, or of the next that is waited for
    std::vector<KeptMessage> messages{};
};
// Messages by their numbers, whatever has become of them, while they are kept. Nothing of the queue changes.
// no_such_queue: there is none, or it does not keep what is acknowledged.
struct ReadRequest {
    using Reply = ReadReply;
    QueueId queue;
    std::uint8_t lane = 0;  // their priority
    ReadStart from;
    std::uint64_t most_bytes = 0;  // 0: no messages; else at least one, if there is any
    std::int64_t wait_ms = 0;      // for how long, if the next message has not come yet
};

// The order is the wire's (docs/formats/queue_requests.md).
using ShardRequest =
    std::variant<DeclareRequest, StatusRequest, PurgeRequest, RemoveRequest, EnqueueRequest, AttachRequest,
                 SubscribeRequest, CancelRequest, GrantRequest, TakeRequest, DispositionRequest, CloseRequest,
                 TransactRequest, AdoptRequest, EnqueueAllRequest, ReadRequest>;
using ShardReply = std::variant<StatusReply, CountReply, PublishReply, Answer, Got, TransactReply, ReadReply>;
using RequestPtr = std::shared_ptr<const ShardRequest>;

// One leader of a queue log, for as long as it leads.
class QueueLeader {
  public:
    virtual ~QueueLeader() = default;

    // Requests take effect in the order of the calls. `done` comes once, on any thread, never within the
    // call. Errors: not_leader: neither this request nor a later one has taken effect or ever will;
    // outcome_unknown: it led then and leads no more, or its log has failed; others are the request's own.
    using Done = std::function<void(Result<ShardReply>)>;
    virtual void ask(RequestPtr request, Done done) = 0;
};

class QueueShard;
// Has the shard do it, on its executor. Errors as above.
void serve(QueueShard& shard, const ShardRequest& request, const QueueLeader::Done& done);

// The shard as one leader; the place for it when this node leads the log.
class LocalLeader final : public QueueLeader {
  public:
    explicit LocalLeader(std::shared_ptr<QueueShard> shard) : shard_(std::move(shard)) {}
    void ask(RequestPtr request, Done done) override;

  private:
    const std::shared_ptr<QueueShard> shard_;
};

}  // namespace weir::queue
