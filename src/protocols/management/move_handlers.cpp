// Messages that go from one queue into another: dead letters back to where they died, most of all. A message
// is in its new queue, durably, before it leaves the old one.
#include <algorithm>
#include <map>

#include "protocols/amqp/subscription_arguments.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/republish.hpp"
#include "protocols/management/silent_receiver.hpp"

namespace weir::management {

namespace {

constexpr std::int64_t max_moved = 10'000;    // by one request
constexpr std::uint64_t max_taken = 20'000;   // by one request, with those that have to stay
constexpr std::uint64_t max_at_a_time = 256;  // on their way at once
constexpr std::uint64_t bytes_at_a_time = std::uint64_t{8} << 20;  // likewise, about
constexpr std::int64_t max_moving_ms = 10'000;                     // then the request is answered

// Asks for several things at once and waits for all of them, in their order.
template <class Reply>
Result<std::vector<Reply>> await_all(
    std::size_t count, const std::function<void(std::size_t, std::function<void(Result<Reply>)>)>& ask) {
    struct Gathered {
        std::mutex mutex;
        std::vector<std::optional<Result<Reply>>> replies;
        std::size_t left;
    };
    const auto all = std::make_shared<Gathered>();
    all->replies.resize(count);
    all->left = count;
    const auto done = await<bool>([&](auto answered) {
        if (count == 0) return answered(true);
        for (std::size_t i = 0; i < count; ++i) {
            ask(i, [all, i, answered](Result<Reply> reply) {
                const std::lock_guard lock(all->mutex);
                all->replies[i] = std::move(reply);
                if (--all->left == 0) answered(true);
            });
        }
    });
    if (!done) return done.error();
    std::vector<Reply> out;
    for (auto& reply : all->replies) {
        if (!*reply) return reply->error();
        out.push_back(std::move(**reply));
    }
    return out;
}

struct Moved {
    std::uint64_t moved = 0;
    std::uint64_t without_queue = 0;  // nothing tells where they are to go, or it is not there
    std::uint64_t refused = 0;        // the other queue is full
};

// One request's work.
class Mover {
  public:
    // `to`: the queue that they all go to; null: each to where it died first.
    Mover(const Call& call, const topology::HostState& host, const topology::Queue& from,
          topology::QueuePtr to)
        : call_(call),
          host_(host),
          from_(from),
          to_(std::move(to)),
          place_(call.services.queues().place(from.id)),
          holder_(call.services.queues().new_holder()) {
        place_->attach(holder_, 0, std::make_shared<SilentReceiver>());
    }
    ~Mover() {
        if (!left_.empty())
            place_->ask(queue::DispositionRequest{{.holder = holder_,
                                                   .verdict = queue::Verdict::release,
                                                   .messages = std::move(left_),
                                                   .is_attempt = false}},
                        [](auto&&) {});
        (void)await<bool>([&](auto done) { place_->close(holder_, [done] { done(true); }); });
    }
    Mover(const Mover&) = delete;
    Mover& operator=(const Mover&) = delete;

    Result<Moved> run(std::int64_t count) {
        const auto& clock = call_.services.broker.clock();
        const auto end_ms = clock.monotonic_ms() + max_moving_ms;
        const auto at_a_time = batch_size();
        if (!at_a_time) return at_a_time.error();
        const auto most = static_cast<std::uint64_t>(count);
        while (out_.moved < most && taken_ < max_taken && clock.monotonic_ms() < end_ms) {
            const auto wanted = std::min({most - out_.moved, max_taken - taken_, *at_a_time});
            const auto taken = take(wanted);
            if (!taken) return taken.error();
            taken_ += taken->size();
            if (auto moved = move(*taken); !moved) return moved.error();
            if (taken->size() < wanted) break;
        }
        return out_;
    }

  private:
    // So that they are about as many bytes as may be on their way.
    Result<std::uint64_t> batch_size() const {
        const auto status = await<queue::QueueStatus>(
            [&](auto done) { call_.services.queues().status(from_.id, std::move(done)); });
        if (!status) return status.error();
        const auto each =
            status->ready == 0 ? 1 : std::max<std::uint64_t>(status->ready_bytes / status->ready, 1);
        return std::clamp<std::uint64_t>(bytes_at_a_time / each, 1, max_at_a_time);
    }

    Result<std::vector<queue::Got>> take(std::size_t count) {
        auto got = await_all<queue::Got>(count, [&](std::size_t, auto done) {
            place_->ask(queue::TakeRequest{from_.id, holder_, false}, std::move(done));
        });
        if (!got) return got;
        for (const auto& one : *got) {
            if (one.reply.answer != queue::Answer::done)
                return bad_request("RESOURCE_LOCKED - the queue is for its consumer alone");
        }
        std::erase_if(*got, [](const queue::Got& one) { return !one.reply.delivery; });
        return got;
    }

    topology::QueuePtr target_of(const Republished& message) const {
        if (to_) return to_;
        auto queue = message.origin.empty() ? nullptr : host_.queues.find_shared(message.origin);
        if (!queue || queue->id == from_.id || amqp::is_subscription(*queue)) return nullptr;
        return queue;
    }

    struct Parcel {
        std::vector<queue::EnqueueRequest> requests;
        std::vector<queue::Source> sources;  // of these
    };

    Result<void> move(const std::vector<queue::Got>& taken) {
        std::map<broker::Queues::PlacePtr, Parcel> parcels;
        for (const auto& one : taken) {
            const auto message = republished(one.message);
            const auto target = target_of(message);
            const auto& source = one.reply.delivery->message;
            if (!target) {
                ++out_.without_queue;
                left_.push_back(source);
                continue;
            }
            auto& parcel = parcels[call_.services.queues().place(target->id)];
            parcel.requests.push_back(enqueue_request(message.message, target->id));
            parcel.sources.push_back(source);
        }
        for (auto& [place, parcel] : parcels) {
            if (auto sent = send(place, std::move(parcel)); !sent) return sent;
        }
        return {};
    }

    // Of an outcome that nobody knows the messages stay, and may be in both queues.
    Result<void> send(const broker::Queues::PlacePtr& place, Parcel parcel) {
        const auto there = enqueue_all(*place, std::move(parcel.requests));
        if (!there) return there.error();
        std::vector<queue::Source> settled;
        for (std::size_t i = 0; i < parcel.sources.size(); ++i)
            (there->at(i) ? settled : left_).push_back(parcel.sources[i]);
        out_.moved += settled.size();
        out_.refused += parcel.sources.size() - settled.size();
        const auto gone = await<queue::CountReply>([&](auto done) {
            place_->ask(queue::DispositionRequest{{.holder = holder_, .messages = std::move(settled)}},
                        std::move(done));
        });
        if (!gone) return gone.error();
        return {};
    }

    const Call& call_;
    const topology::HostState& host_;
    const topology::Queue& from_;
    const topology::QueuePtr to_;
    const broker::Queues::PlacePtr place_;
    const queue::HolderId holder_;
    std::uint64_t taken_ = 0;
    std::vector<queue::Source> left_;
    Moved out_;
};

// Null: each goes back to where it died.
Result<topology::QueuePtr> target_in(const Call& call, const topology::HostState& host, Fields& fields) {
    const bool is_back = fields.flag("back", false);
    const auto name = fields.text("to");
    if (fields.error()) return *fields.error();
    if (is_back != name.empty())
        return bad_request("say where they go: either \"to\" a queue, or \"back\": true");
    if (is_back) return topology::QueuePtr{};
    if (name == call.arguments[1]) return bad_request("a queue's messages can't be moved to itself");
    return find_target(host, name);
}

Result<std::int64_t> count_in(Fields& fields) {
    const auto count = fields.integer("count", max_moved);
    if (count < 1) fields.fail("count is a number from 1 on");
    if (fields.error()) return *fields.error();
    return std::min(count, max_moved);
}

}  // namespace

Result<Answer> move_messages(const Call& call) {
    const auto origin = origin_in(call);
    if (!origin) return origin.error();
    const auto* from = origin->queue;
    if (amqp::is_subscription(*from))
        return bad_request(fmt::format("'{}' is a subscription: its messages stay in its topic", from->name));
    if (from->is_exclusive()) return bad_request("RESOURCE_LOCKED - the queue is another connection's");
    Fields fields{call.body};
    auto to = target_in(call, *origin->host, fields);
    if (!to) return to.error();
    const auto count = count_in(fields);
    if (!count) return count.error();
    const auto done = Mover{call, *origin->host, *from, std::move(*to)}.run(*count);
    if (!done) return done.error();
    return ok({{"moved", done->moved}, {"without_queue", done->without_queue}, {"refused", done->refused}});
}

}  // namespace weir::management
