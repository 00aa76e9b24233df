// A session's requests go to the shards, their answers and deliveries wait for the next call.
#include "broker/queue_server.hpp"

#include <mutex>

#include "base/log_line.hpp"

namespace weir::broker {

namespace {

constexpr std::size_t max_event_bytes = std::size_t{1} << 20;  // of content, before another event is begun

}  // namespace

// Its own lock guards the events and the call that waits for them; all else is the executor's.
class QueueServer::Session : public std::enable_shared_from_this<Session> {
  public:
    Session(const QueueServerOptions& options, std::uint64_t id) : options_(options), id_(id) {}

    std::uint64_t id() const { return id_; }
    bool takes(std::uint64_t sequence) const { return sequence == next_sequence_; }
    void handle(std::vector<SentRequest> requests, const FindLeader& find_leader);
    void want_events(Answer done, std::int64_t now_ms);
    // Whether somebody still asks.
    bool tick(std::int64_t now_ms);
    void end();
    void push(QueueEvent event);
    // The attempt's leader has refused something: it is asked nothing any more.
    void refused(PartitionId partition, std::uint64_t attempt);

  private:
    struct Led {
        std::uint64_t attempt = 0;
        std::shared_ptr<queue::QueueLeader> leader;  // null: it has refused
        std::set<queue::HolderId> holders;
    };
    void handle(SentRequest& sent, const FindLeader& find_leader);
    void note(Led& led, SentRequest& sent);
    // With the lock: the answer to the call that waits, to be given without it, since another may follow
    // within.
    std::function<void()> take_answer();
    std::shared_ptr<queue::QueueLeader> leader_for(const SentRequest& sent, const FindLeader& find_leader);

    const QueueServerOptions& options_;
    const std::uint64_t id_;
    std::uint64_t next_sequence_ = 0;

    std::mutex mutex_;  // guards what follows
    std::map<PartitionId, Led> led_;
    std::deque<QueueEvent> events_;
    Answer wanted_;
    std::int64_t asked_ms_ = 0;
    bool is_over_ = false;
};

// Hands a shard's news for one holder to its session.
class QueueServer::Doorman final : public queue::Receiver {
  public:
    Doorman(std::weak_ptr<Session> session, PartitionId partition, std::uint64_t attempt,
            queue::HolderId holder)
        : session_(std::move(session)), partition_(partition), attempt_(attempt), holder_(holder) {}

    void on_arrivals(std::vector<queue::Arrival> arrivals) override {
        const auto session = session_.lock();
        if (!session) return;
        // So many that an event, and with it a frame, does not become too large.
        ArrivalsEvent event{partition_, attempt_, holder_, {}};
        std::size_t bytes = 0;
        for (auto& arrival : arrivals) {
            bytes += arrival.message.body.size() + arrival.message.properties.size();
            event.arrivals.push_back(std::move(arrival));
            if (bytes < max_event_bytes) continue;
            session->push(ArrivalsEvent{partition_, attempt_, holder_, std::exchange(event.arrivals, {})});
            bytes = 0;
        }
        if (!event.arrivals.empty()) session->push(std::move(event));
    }
    void on_notice(const queue::Notice& notice) override {
        if (const auto session = session_.lock()) session->push(NoticeEvent{partition_, attempt_, notice});
    }
    void on_lost(const Error& why) override {
        const auto session = session_.lock();
        if (!session) return;
        session->refused(partition_, attempt_);
        session->push(LostEvent{partition_, attempt_, why});
    }

  private:
    const std::weak_ptr<Session> session_;
    const PartitionId partition_;
    const std::uint64_t attempt_;
    const queue::HolderId holder_;
};

void QueueServer::Session::handle(std::vector<SentRequest> requests, const FindLeader& find_leader) {
    ++next_sequence_;
    for (auto& sent : requests) handle(sent, find_leader);
}

void QueueServer::Session::handle(SentRequest& sent, const FindLeader& find_leader) {
    const auto leader = leader_for(sent, find_leader);
    if (!leader) {
        return push(
            AnswerEvent{sent.number, Error{Errc::not_leader, "this node does not lead the queues' log"}});
    }
    leader->ask(std::make_shared<const queue::ShardRequest>(std::move(sent.request)),
                [weak = weak_from_this(), partition = sent.partition, attempt = sent.attempt,
                 number = sent.number](Result<queue::ShardReply> reply) {
                    const auto session = weak.lock();
                    if (!session) return;
                    if (!reply && reply.error().code == Errc::not_leader)
                        session->refused(partition, attempt);
                    session->push(AnswerEvent{number, std::move(reply)});
                });
}

std::shared_ptr<queue::QueueLeader> QueueServer::Session::leader_for(const SentRequest& sent,
                                                                     const FindLeader& find_leader) {
    const std::lock_guard lock(mutex_);
    auto& led = led_[sent.partition];
    if (sent.attempt < led.attempt || is_over_) return nullptr;
    if (sent.attempt > led.attempt) led = {sent.attempt, find_leader(sent.partition, sent.epoch), {}};
    if (led.leader) note(led, const_cast<SentRequest&>(sent));
    return led.leader;
}

void QueueServer::Session::note(Led& led, SentRequest& sent) {
    if (auto* attach = std::get_if<queue::AttachRequest>(&sent.request)) {
        // Without a receiver it is a new window alone.
        if (!led.holders.insert(attach->holder).second) return;
        attach->receiver =
            std::make_shared<Doorman>(weak_from_this(), sent.partition, sent.attempt, attach->holder);
    } else if (const auto* close = std::get_if<queue::CloseRequest>(&sent.request)) {
        led.holders.erase(close->holder);
    }
}

void QueueServer::Session::refused(PartitionId partition, std::uint64_t attempt) {
    const std::lock_guard lock(mutex_);
    auto& led = led_[partition];
    if (led.attempt == attempt) led.leader = nullptr;
}

void QueueServer::Session::push(QueueEvent event) {
    std::function<void()> give;
    {
        const std::lock_guard lock(mutex_);
        if (is_over_) return;
        events_.push_back(std::move(event));
        if (wanted_) give = take_answer();
    }
    if (give) give();
}

std::function<void()> QueueServer::Session::take_answer() {
    QueueEventsWriter message;
    while (!events_.empty() && message.size() < options_.reply_bytes) {
        message.add(events_.front());
        events_.pop_front();
    }
    return [wanted = std::exchange(wanted_, nullptr), bytes = message.take()] { wanted(bytes); };
}

void QueueServer::Session::want_events(Answer done, std::int64_t now_ms) {
    std::function<void()> before, now;
    {
        const std::lock_guard lock(mutex_);
        if (wanted_) before = take_answer();
        wanted_ = std::move(done);
        asked_ms_ = now_ms;
        if (!events_.empty()) now = take_answer();
    }
    if (before) before();
    if (now) now();
}

bool QueueServer::Session::tick(std::int64_t now_ms) {
    std::function<void()> give;
    bool is_heard = true;
    {
        const std::lock_guard lock(mutex_);
        if (asked_ms_ == 0) asked_ms_ = now_ms;
        if (wanted_ && now_ms >= asked_ms_ + options_.hold_ms) give = take_answer();
        is_heard = now_ms < asked_ms_ + options_.silence_ms;
    }
    if (give) give();
    return is_heard;
}

void QueueServer::Session::end() {
    std::map<PartitionId, Led> led;
    Answer wanted;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(is_over_, true)) return;
        led = std::exchange(led_, {});
        events_.clear();
        wanted = std::exchange(wanted_, nullptr);
    }
    if (wanted) wanted(Error{Errc::not_found, "the session is over"});
    for (const auto& [partition, one] : led) {
        if (!one.leader) continue;
        for (const auto holder : one.holders) {
            one.leader->ask(std::make_shared<const queue::ShardRequest>(queue::CloseRequest{holder}),
                            [](auto&&) {});
        }
    }
}

// ---- the server

// A message of sequence 0 begins one.
std::shared_ptr<QueueServer::Session> QueueServer::session_for(NodeId from, std::uint64_t id,
                                                               std::uint64_t sequence) {
    auto& session = sessions_[from];
    if (sequence == 0 && (!session || session->id() != id)) {
        if (session) session->end();
        session = std::make_shared<Session>(options_, id);
        if (!timer_) tick();
    }
    if (!session || session->id() != id || !session->takes(sequence)) return nullptr;
    return session;
}

void QueueServer::on_requests(NodeId from, ByteView body, const Answer& done) {
    auto message = decode_queue_requests(body);
    if (!message) return done(message.error());
    const auto session = session_for(from, message->session, message->sequence);
    if (!session) return done(Error{Errc::not_found, "the requests are of no session that is known here"});
    session->handle(std::move(message->requests), find_leader_);
    done(Bytes{});
}

void QueueServer::on_events_wanted(NodeId from, ByteView body, Answer done) {
    const auto id = decode_queue_events_request(body);
    if (!id) return done(id.error());
    const auto at = sessions_.find(from);
    if (at == sessions_.end() || !at->second || at->second->id() != *id)
        return done(Error{Errc::not_found, "the session is not known here"});
    at->second->want_events(std::move(done), clock_.monotonic_ms());
}

void QueueServer::end_session(NodeId node) {
    const auto session = sessions_.extract(node);
    if (!session.empty() && session.mapped()) session.mapped()->end();
}

void QueueServer::stop() {
    timer_.reset();
    sessions_.clear();
}

void QueueServer::tick() {
    timer_ = nullptr;
    const auto now_ms = clock_.monotonic_ms();
    std::vector<NodeId> silent;
    for (const auto& [node, session] : std::map{sessions_}) {  // answers may lead to more requests at once
        if (!session || !session->tick(now_ms)) silent.push_back(node);
    }
    for (const auto node : silent) {
        log_info("node {} does not ask for its queues' news any more", node.value);
        end_session(node);
    }
    if (!sessions_.empty()) timer_ = executor_.run_after(options_.tick_ms, [this] { tick(); });
}

}  // namespace weir::broker
