// Requests gather while a turn of the executor lasts, and leave in one message.
#include "broker/queue_links.hpp"

#include "base/log_line.hpp"

namespace weir::broker {

namespace {

// The message was not sent, or none of its requests was looked at.
bool is_refusal(Errc code) {
    return code == Errc::unavailable || code == Errc::busy || code == Errc::not_found ||
           code == Errc::corrupt || code == Errc::unsupported;
}

}  // namespace

class QueueLinks::Remote final : public queue::QueueLeader {
  public:
    Remote(QueueLinks& links, AttemptPtr attempt) : links_(links), attempt_(std::move(attempt)) {}

    void ask(queue::RequestPtr request, Done done) override {
        links_.executor_.post([&links = links_, attempt = attempt_, request = std::move(request),
                               done = std::move(done)] { links.add(attempt, request, done); });
    }

  private:
    QueueLinks& links_;
    const AttemptPtr attempt_;
};

std::shared_ptr<queue::QueueLeader> QueueLinks::leader(NodeId node, PartitionId partition,
                                                       LeaderEpoch epoch) {
    auto attempt = std::make_shared<Attempt>(node, partition, epoch, ++last_attempt_);
    return std::make_shared<Remote>(*this, std::move(attempt));
}

void QueueLinks::set_addresses(std::shared_ptr<const metadata::Catalogue> catalogue) {
    executor_.post([this, catalogue = std::move(catalogue)] { peers_.set_addresses(catalogue->nodes()); });
}

void QueueLinks::stop() {
    executor_.post([this] {
        stopped_ = true;
        for (const auto& [node, session] : std::exchange(sessions_, {})) {
            for (const auto& [number, asked] : session.asked)
                asked.done(Error{Errc::shutting_down, "this node is stopping"});
        }
        peers_.stop();
    });
}

// ---- requests

void QueueLinks::add(const AttemptPtr& attempt, queue::RequestPtr request, queue::QueueLeader::Done done) {
    if (stopped_) return done(Error{Errc::shutting_down, "this node is stopping"});
    if (attempt->is_over) return done(Error{Errc::not_leader, "the queues' log is led by another node"});
    auto& session = sessions_[attempt->node];
    note(session, attempt, *request);
    const auto number = ++session.last_number;
    session.asked.emplace(number, Asked{attempt, std::move(done)});
    session.unsent.push_back({number, attempt, std::move(request)});
    flush_later(attempt->node);
}

void QueueLinks::note(Session& session, const AttemptPtr& attempt, const queue::ShardRequest& request) {
    if (const auto* attach = std::get_if<queue::AttachRequest>(&request)) {
        if (attach->receiver)
            session.listeners[{attempt->number, attach->holder}] = {attempt, attach->receiver};
    } else if (const auto* close = std::get_if<queue::CloseRequest>(&request)) {
        session.listeners.erase({attempt->number, close->holder});
    }
}

void QueueLinks::flush_later(NodeId node) {
    if (std::exchange(sessions_[node].is_flushing, true)) return;
    executor_.post([this, node] {
        sessions_[node].is_flushing = false;
        flush(node);
    });
}

void QueueLinks::flush(NodeId node) {
    auto& session = sessions_[node];
    if (stopped_ || session.unsent.empty()) return;
    const bool is_new = session.id == 0;
    if (is_new) {
        session.id = std::max<std::uint64_t>(random_.next(), 1);
        session.sequence = 0;
    }
    while (!session.unsent.empty() && session.unacknowledged_bytes < options_.max_unacknowledged_bytes)
        send_batch(node, session);
    if (is_new) listen(node);
}

void QueueLinks::send_batch(NodeId node, Session& session) {
    QueueRequestsWriter message{session.id, session.sequence++};
    const auto first = session.unsent.front().number;
    std::size_t count = 0;
    while (!session.unsent.empty() && message.size() < options_.batch_bytes && count < max_queue_requests) {
        const auto& next = session.unsent.front();
        message.add(
            {next.number, next.attempt->partition, next.attempt->epoch, next.attempt->number, *next.request});
        session.unsent.pop_front();
        ++count;
    }
    const auto bytes = message.size();
    session.unacknowledged_bytes += bytes;
    peers_.call(
        node, queue_requests_method, message.take(), options_.timeout_ms,
        [this, node, id = session.id, first, bytes](const Result<std::shared_ptr<rpc::Frame>>& frame) {
            if (stopped_ || sessions_[node].id != id) return;
            if (frame) {
                sessions_[node].unacknowledged_bytes -= bytes;
                return flush(node);
            }
            break_session(node, is_refusal(frame.error().code) ? first : UINT64_MAX, frame.error());
        });
}

// ---- what comes back

void QueueLinks::listen(NodeId node) {
    const auto id = sessions_[node].id;
    peers_.call(node, queue_events_method, encode_queue_events_request(id), options_.timeout_ms,
                [this, node, id](const Result<std::shared_ptr<rpc::Frame>>& frame) {
                    if (stopped_ || sessions_[node].id != id) return;
                    frame ? on_events(node, *frame) : break_session(node, UINT64_MAX, frame.error());
                });
}

void QueueLinks::on_events(NodeId node, const std::shared_ptr<rpc::Frame>& frame) {
    auto events = decode_queue_events(frame->body(), frame);
    if (!events) return break_session(node, UINT64_MAX, events.error());
    auto& session = sessions_[node];
    for (auto& event : *events) {
        std::visit([&](auto& one) { on_event(session, one); }, event);
    }
    // A session that nobody needs is not kept: the other node forgets it.
    if (session.asked.empty() && session.listeners.empty()) {
        session.id = 0;
        session.unacknowledged_bytes = 0;
        return;
    }
    listen(node);
}

void QueueLinks::on_event(Session& session, AnswerEvent& event) {
    auto asked = session.asked.extract(event.number);
    if (asked.empty()) return;
    const bool is_refused = !event.reply && event.reply.error().code == Errc::not_leader;
    if (is_refused) asked.mapped().attempt->is_over = true;
    asked.mapped().done(std::move(event.reply));
}

void QueueLinks::on_event(Session& session, ArrivalsEvent& event) {
    const auto at = session.listeners.find({event.attempt, event.holder});
    if (at != session.listeners.end()) at->second.receiver->on_arrivals(std::move(event.arrivals));
}

void QueueLinks::on_event(Session& session, NoticeEvent& event) {
    const auto at = session.listeners.find({event.attempt, event.notice.holder});
    if (at != session.listeners.end()) at->second.receiver->on_notice(event.notice);
}

void QueueLinks::on_event(Session& session, LostEvent& event) {
    std::vector<Listener> lost;
    std::erase_if(session.listeners, [&](auto& entry) {
        if (entry.first.first != event.attempt) return false;
        entry.second.attempt->is_over = true;
        lost.push_back(entry.second);
        return true;
    });
    for (const auto& one : lost) one.receiver->on_lost(event.why);
}

void QueueLinks::break_session(NodeId node, std::uint64_t refused, const Error& why) {
    log_info("queues that node {} leads are lost for now: {}", node.value, why.message);
    auto broken = std::exchange(sessions_[node], {});
    sessions_[node].is_flushing = broken.is_flushing;
    if (!broken.unsent.empty()) refused = std::min(refused, broken.unsent.front().number);
    for (const auto& [number, asked] : broken.asked) asked.attempt->is_over = true;
    for (const auto& [key, listener] : broken.listeners) listener.attempt->is_over = true;
    for (const auto& [number, asked] : broken.asked) {
        asked.done(Error{number >= refused ? Errc::not_leader : Errc::outcome_unknown, why.message});
    }
    for (const auto& [key, listener] : broken.listeners) listener.receiver->on_lost(why);
}

}  // namespace weir::broker
