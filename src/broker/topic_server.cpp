// Reads are answered at once, or when the log has advanced, or when their time is up.
#include "broker/topic_server.hpp"

#include "broker/replicated_append.hpp"
#include "log/read_batches.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t most_wait_ms = 30'000;

Error no_leader() {
    return {Errc::not_leader, "this node does not lead the partition"};
}

Result<void> load(log::PartitionLog& log, TopicPiece& piece, std::uint64_t most_bytes) {
    const auto bytes = std::make_shared<Bytes>();
    const auto add = [&](const log::StoredBatch& batch) {
        bytes->insert(bytes->end(), batch.bytes.begin(), batch.bytes.end());
        return Result<void>{};
    };
    const auto most = static_cast<std::size_t>(std::min(most_bytes, max_piece_bytes));
    if (auto read = log::read_batches(log, piece.from, piece.end, most, add); !read) return read;
    piece.batches = *bytes;
    piece.owner = bytes;
    return {};
}

}  // namespace

bool may_tell_end(const Partition& partition, const log::PartitionLog& log) {
    return !log.is_limited() || log.telling_epoch() >= partition.leader_epoch();
}

// A read that has found nothing yet, on one reactor.
class TopicServer::Waiting final : public Watch, public std::enable_shared_from_this<Waiting> {
  public:
    Waiting(TopicServer& server, TopicRead request, Offset from, std::shared_ptr<log::PartitionLog> log,
            Read done)
        : server_(server), request_(std::move(request)), log_(std::move(log)), done_(std::move(done)) {
        request_.from = from;
    }

    void begin(std::int64_t wait_ms) {
        auto& reactor = server_.reactor_of(request_.partition);
        timer_ = reactor.run_after(wait_ms, [this] { end(server_.read_now(request_)); });
        server_.commits_.watch(reactor, shared_from_this(), {log_});
        on_advance();
    }

    void on_advance() override {
        if (!done_) return;
        auto piece = server_.read_now(request_);
        if (!piece || !piece->batches.empty()) end(std::move(piece));
    }

  private:
    void end(Result<TopicPiece> piece) {
        const auto self = shared_from_this();
        server_.commits_.unwatch(server_.reactor_of(request_.partition), *this);
        server_.forget(self);
        timer_.reset();
        std::exchange(done_, nullptr)(std::move(piece));
    }

    TopicServer& server_;
    TopicRead request_;
    const std::shared_ptr<log::PartitionLog> log_;
    Read done_;
    std::unique_ptr<runtime::Timer> timer_;
};

TopicServer::~TopicServer() = default;

runtime::Reactor& TopicServer::reactor_of(PartitionId partition) const {
    return reactors_.at(static_cast<std::size_t>(partition.value) % reactors_.size());
}

Result<TopicServer::Led> TopicServer::find(const Uuid& id, PartitionId number) const {
    auto topic = topics_.find(id);
    auto partition = topic ? topic->partition(number) : nullptr;
    auto log = partition && partition->is_led() ? partition->log() : nullptr;
    if (!log) return no_leader();
    return Led{std::move(topic), std::move(partition), std::move(log)};
}

void TopicServer::read(const TopicRead& request, Read done) {
    if (request.partition.value < 0) return done(no_leader());
    reactor_of(request.partition).post([this, request, done = std::move(done)] {
        auto piece = read_now(request);
        const bool may_wait = request.wait_ms > 0 && request.most_bytes > 0;
        if (!piece || !may_wait || !piece->batches.empty()) return done(std::move(piece));
        wait(request, *piece, done);
    });
}

Result<TopicPiece> TopicServer::read_now(const TopicRead& request) const {
    const auto led = find(request.topic, request.partition);
    if (!led) return led.error();
    if (!may_tell_end(*led->partition, *led->log))
        return Error{Errc::not_leader, "this leader does not know yet what is committed"};
    for (;;) {
        const auto from = offset_of(*led->log, request.from);
        if (!from) return from.error();
        TopicPiece piece{.log_start = led->log->log_start(), .end = led->log->readable_end(), .from = *from};
        if (request.most_bytes == 0 || piece.from >= piece.end) return piece;
        const auto loaded = load(*led->log, piece, request.most_bytes);
        if (loaded) return piece;
        const bool is_dropped =
            loaded.error().code == Errc::offset_out_of_range && piece.from < led->log->log_start();
        if (!is_dropped) return loaded.error();
    }
}

void TopicServer::wait(const TopicRead& request, const TopicPiece& piece, Read done) {
    const auto led = find(request.topic, request.partition);
    if (!led) return done(led.error());
    const auto waiting = std::make_shared<Waiting>(*this, request, piece.from, led->log, std::move(done));
    {
        const std::lock_guard lock(mutex_);
        waiting_.insert(waiting);
    }
    waiting->begin(std::min(request.wait_ms, most_wait_ms));
}

void TopicServer::forget(const std::shared_ptr<Waiting>& waiting) {
    const std::lock_guard lock(mutex_);
    waiting_.erase(waiting);
}

void TopicServer::append(const Uuid& topic, PartitionId partition, log::SharedSpan batch, Appended done) {
    if (partition.value < 0) return done(no_leader());
    auto& reactor = reactor_of(partition);
    reactor.post([this, topic, partition, batch = std::move(batch), done = std::move(done), &reactor] {
        const auto led = find(topic, partition);
        if (!led) return done(led.error());
        append_replicated({topics_, commits_, clock_, reactor}, led->topic, led->partition, batch, done);
    });
}

}  // namespace weir::broker
