// What one turn brings for a queue log goes there together: publishes in one request, settlements in another.
#include "protocols/amqp/queue_door.hpp"

namespace weir::amqp {
namespace {

constexpr std::size_t max_outbox_bytes = std::size_t{256} << 10;  // of messages, which then go at once
constexpr std::int64_t longest_wait_ms = 1;                       // of settlements
// So many times what waits here a client must hold for it not to run dry meanwhile.
constexpr std::size_t plenty = 3;

}  // namespace

void QueueDoor::put_out(Parcel& parcel, const Passage& passage) {
    if (!parcel.place) return answered(passage, false);  // there are no queue logs yet
    auto& box = outboxes_[parcel.place];
    if (box.publishes.empty()) {
        box.publishes.reserve(likely_publishes_);
        box.passages.reserve(likely_publishes_);
    }
    box.bytes += parcel.request.message->content_bytes();
    box.publishes.push_back(std::move(parcel.request));
    box.passages.push_back(passage);
    box.bytes < max_outbox_bytes ? send_out_later() : send_publishes(parcel.place, box);
}

void QueueDoor::put_out(const ChannelState::Place& place, queue::HolderId holder, queue::Verdict verdict,
                        const queue::Source& message) {
    auto& requests = outboxes_[place].settlements;
    if (requests.empty() || requests.back().holder != holder || requests.back().verdict != verdict)
        requests.push_back({.holder = holder, .verdict = verdict, .messages = {}});
    requests.back().messages.push_back(message);
    ++settled_;
}

void QueueDoor::settle(const ChannelState& state, queue::Verdict verdict, const queue::Source& message) {
    if (message.queue == lost_queue) return;
    put_out(queues_.place(message.queue), state.holder, verdict, message);
    const bool can_wait = verdict == queue::Verdict::accept && state.unacked.size() >= plenty * settled_;
    can_wait ? send_out_soon() : send_out_later();
}

// A consumer that has much in its hands settles little at a time: that goes together.
void QueueDoor::send_out_soon() {
    if (is_sending_later_ || settlement_timer_) return;
    settlement_timer_ = session_.reactor().run_after(longest_wait_ms, [this] {
        const auto timer = std::move(settlement_timer_);
        send_out();
    });
}

void QueueDoor::send_out_later() {
    if (std::exchange(is_sending_later_, true)) return;
    session_.reactor().at_end_of_turn([link = link_] {
        if (link->door == nullptr) return;
        link->door->is_sending_later_ = false;
        link->door->send_out();
    });
}

// Publishes first: should the node die in between, what a client passed on is there twice, and not lost.
void QueueDoor::send_out() {
    messages_.rest();
    settled_ = 0;
    for (auto& [place, box] : std::exchange(outboxes_, {})) {
        send_publishes(place, box);
        for (auto& settlement : box.settlements)
            place->ask(queue::DispositionRequest{std::move(settlement)}, [](auto&&) {});
    }
}

void QueueDoor::send_publishes(const ChannelState::Place& place, Outbox& box) {
    if (box.publishes.empty()) return;
    box.bytes = 0;
    likely_publishes_ = box.publishes.size();
    place->ask(queue::EnqueueAllRequest{std::exchange(box.publishes, {})},
               queue::QueuePlace::Done<queue::TransactReply>{
                   [link = link_,
                    passages = std::exchange(box.passages, {})](Result<queue::TransactReply> reply) mutable {
                       Link::run(link, [passages = std::move(passages), reply = std::move(reply)](
                                           QueueDoor& door) { door.all_answered(passages, reply); });
                   }});
}

void QueueDoor::all_answered(const std::vector<Passage>& passages,
                             const Result<queue::TransactReply>& reply) {
    for (std::size_t i = 0; i < passages.size(); ++i) {
        const auto* one = reply ? &reply->publishes[i] : nullptr;
        answered(passages[i], one && one->answer == queue::Answer::done && one->refused.empty());
    }
}

}  // namespace weir::amqp
