// A piece at a time from the queue's log: the next is asked for when one has been read, and waited for there.
#include "broker/queue_reader.hpp"

#include "broker/queue_views.hpp"
#include "broker/queues.hpp"

namespace weir::broker {

namespace {

constexpr std::uint64_t piece_bytes = std::uint64_t{512} << 10;
constexpr std::int64_t wait_ms = 10'000;  // then it is asked again

struct Beginning {
    using Kind = queue::ReadStart::Kind;
    queue::ReadStart operator()(FirstRecord) const { return {Kind::first, 0}; }
    queue::ReadStart operator()(LastBatch) const { return {Kind::last, 0}; }
    queue::ReadStart operator()(NextRecord) const { return {Kind::next, 0}; }
    queue::ReadStart operator()(Offset offset) const { return {Kind::number, offset.value}; }
    queue::ReadStart operator()(AtTime time) const { return {Kind::at_time, time.timestamp_ms}; }
};

}  // namespace

struct QueueReader::State : std::enable_shared_from_this<State> {
    State(Queues& its_queues, runtime::Reactor& its_reactor, const QueueView& view, std::uint8_t lane)
        : queues(its_queues), reactor(its_reactor), topic(view.queue_name) {
        request.queue = view.queue;
        request.lane = lane;
        request.most_bytes = piece_bytes;
        request.wait_ms = wait_ms;
    }

    void ask() {
        if (std::exchange(is_asking, true)) return;
        queues.read(request, [weak = weak_from_this(), &to = reactor](Result<queue::ReadReply> reply) {
            to.post([weak, reply = std::move(reply)] {
                if (const auto here = weak.lock()) here->take(reply);
            });
        });
    }

    void take(const Result<queue::ReadReply>& reply) {
        is_asking = false;
        if (!reply) {
            error = reply.error();
            return on_more();
        }
        // The nearest that is there.
        auto next = std::clamp(reply->from, reply->first, std::max(reply->first, reply->end));
        if (!reply->messages.empty()) {
            auto made = message::StoredBatch::of(queues.batch_of(*reply, topic));
            if (!made) {
                error = made.error();
                return on_more();
            }
            batch = std::move(*made);
            at = batch->base();
            next = static_cast<std::uint64_t>(batch->next().value);
        }
        request.from = {queue::ReadStart::Kind::number, static_cast<std::int64_t>(next)};
        reply->messages.empty() ? ask() : on_more();
    }

    Result<const message::RecordView*> next() {
        if (batch && at < batch->next()) {
            const auto* record = batch->find(at);
            at = record->offset + 1;
            return record;
        }
        if (error) return *error;
        ask();
        return nullptr;
    }

    Queues& queues;
    runtime::Reactor& reactor;
    const std::string topic;
    std::function<void()> on_more;
    queue::ReadRequest request;
    bool is_asking = false;
    std::optional<Error> error;
    std::shared_ptr<const message::StoredBatch> batch;
    Offset at;
};

QueueReader::QueueReader(Queues& queues, runtime::Reactor& reactor, const QueueView& view, std::uint8_t lane,
                         const Start& start, std::function<void()> on_more)
    : state_(std::make_shared<State>(queues, reactor, view, lane)) {
    state_->request.from = std::visit(Beginning{}, start);
    state_->on_more = std::move(on_more);
    state_->ask();
}

Result<const message::RecordView*> QueueReader::next() {
    return state_->next();
}

PartitionId QueueReader::partition() const {
    return PartitionId{state_->request.lane};
}

}  // namespace weir::broker
