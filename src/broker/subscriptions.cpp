// One feeder for each shard: on its thread, woken by the topics' commits and by a timer.
#include "broker/subscriptions.hpp"

#include <algorithm>
#include <set>

#include "base/log_line.hpp"
#include "broker/dead_letters.hpp"
#include "broker/topic_names.hpp"
#include "broker/topic_server.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t tick_ms = 200;
constexpr int ticks_between_tellings = 5;
constexpr std::int64_t slice_bytes = std::int64_t{4}
                                     << 20;  // read for one subscription, before the next's turn
constexpr std::int64_t tail_wait_ms = 5000;  // at another node, for what comes
constexpr std::uint64_t fed_bytes = std::uint64_t{256} << 10;  // from there, at a time
constexpr std::uint64_t most_looked_at = 65'536;

// Groups are called as topics are.
std::string group_name(std::string_view log_name) {
    const auto [host, name] = split_log_name(log_name);
    return topic_name(host, name);
}

queue::FedMessage fed(const message::RecordView& record, bool by_key) {
    queue::FedMessage message{.offset = record.offset, .bytes = record.header_bytes.size()};
    if (record.value) message.bytes += record.value->size();
    if (record.key) message.bytes += record.key->size();
    if (record.key && by_key) message.group = queue::group_of(as_text(*record.key));
    return message;
}

}  // namespace

// On the shard's reactor.
class Subscriptions::Feeder final : public Watch, public std::enable_shared_from_this<Feeder> {
  public:
    Feeder(const SubscriptionSeams& seams, runtime::Reactor& reactor, std::weak_ptr<queue::QueueShard> shard)
        : seams_(seams), reactor_(reactor), shard_(std::move(shard)) {}

    void add(QueueId queue) {
        queues_.try_emplace(queue);
        tick_soon();
    }

    void stop() {
        seams_.commits.unwatch(reactor_, *this);
        watched_.clear();
        queues_.clear();
        timer_.reset();
    }

    void on_advance() override { tick_soon(); }

  private:
    struct Subscription {
        std::string group;
        std::string topic;
        std::map<PartitionId, Offset> told;
        std::set<PartitionId> asked;  // of partitions that other nodes lead: what comes next
    };
    using Logs = std::vector<std::shared_ptr<log::PartitionLog>>;

    void tick_soon() {
        if (std::exchange(is_queued_, true)) return;
        reactor_.post([self = shared_from_this()] {
            self->is_queued_ = false;
            self->tick();
        });
    }

    void tick() {
        Logs logs;
        for (auto at = queues_.begin(); at != queues_.end();) {
            const auto shard = shard_.lock();
            if (!shard || !shard->is_ready()) return stop();
            const bool is_there = serve(*shard, at->first, at->second, logs);
            at = is_there ? std::next(at) : queues_.erase(at);
        }
        watch(std::move(logs));
        if (!timer_ && !queues_.empty()) arm();
    }

    void arm() {
        timer_ = reactor_.run_after(tick_ms, [self = shared_from_this()] {
            self->timer_.reset();
            if (++self->ticks_ % ticks_between_tellings == 0) self->tell_all();
            self->tick();
        });
    }

    void watch(Logs logs) {
        std::ranges::sort(logs);
        if (logs == watched_) return;
        seams_.commits.unwatch(reactor_, *this);
        watched_ = std::move(logs);
        if (watched_.empty()) return;
        seams_.commits.watch(reactor_, shared_from_this(), watched_);
        tick_soon();  // what came before the watch
    }

    // False: the subscription is gone.
    bool serve(queue::QueueShard& shard, QueueId id, Subscription& subscription, Logs& logs) {
        const auto* queue = shard.machine().find(id);
        if (queue == nullptr) {
            if (!subscription.group.empty()) seams_.tell_group({subscription.group, ""}, [](auto&&) {});
            return false;
        }
        if (!queue->is_subscription()) return false;
        const auto topic = seams_.topics.find(*queue->config->source_topic);
        if (!topic) return true;  // what was fed before goes as it is asked for
        subscription.group = group_name(queue->name);
        subscription.topic = topic->name();
        auto left = slice_bytes;
        for (const auto& partition : topic->partitions) {
            auto log = partition->log();
            if (!partition->is_led() || !log) {
                ask(*queue, {topic->id(), partition->id}, subscription);
                continue;
            }
            left = feed(shard, id, *log, left);
            if (!shard.is_ready()) return true;
            logs.push_back(std::move(log));
        }
        if (left <= 0) tick_soon();
        return true;
    }

    // Returns how much may still be read.
    std::int64_t feed(queue::QueueShard& shard, QueueId id, log::PartitionLog& log, std::int64_t left) {
        const auto end = log.readable_end();
        while (left > 0 && shard.is_ready()) {
            const auto* queue = shard.machine().find(id);
            if (queue == nullptr || queue->open_count >= max_fed_ahead) return left;
            const auto from = queue->fed_to(log.key().partition);
            const auto next = std::max(from.value_or(Offset{}), log.log_start());
            if (next >= end) return left;
            const auto batch = message::StoredBatch::load(log, next, end);
            if (!batch) {
                log_warning("a subscription can't read its topic at {}: {}", next.value,
                            batch.error().message);
                return left;
            }
            left -= static_cast<std::int64_t>((*batch)->bytes());
            append(shard, *queue, log.key().partition, next, **batch);
        }
        return left;
    }

    // ---- what other nodes lead

    void ask(const queue::Queue& queue, const log::LogKey& key, Subscription& subscription) {
        if (queue.open_count >= max_fed_ahead || !subscription.asked.insert(key.partition).second) return;
        const TopicRead request{.topic = key.topic_id,
                                .partition = key.partition,
                                .from = queue.fed_to(key.partition).value_or(Offset{}),
                                .most_bytes = fed_bytes,
                                .wait_ms = tail_wait_ms};
        seams_.access.read(
            request, [weak = weak_from_this(), &to = reactor_, id = queue.id, key](Result<TopicPiece> piece) {
                to.post([weak, id, key, piece = std::move(piece)] {
                    if (const auto self = weak.lock()) self->take(id, key, piece);
                });
            });
    }

    void take(QueueId id, const log::LogKey& key, const Result<TopicPiece>& piece) {
        const auto at = queues_.find(id);
        if (at == queues_.end()) return;
        at->second.asked.erase(key.partition);
        const auto batches = piece ? batches_of(*piece) : Result<StoredBatchList>{piece.error()};
        if (!batches) return tell_unread(key, batches.error());  // the timer has it asked again
        const auto shard = shard_.lock();
        if (!shard || !shard->is_ready()) return;
        shard->keep(key, *batches);
        feed(*shard, id, key.partition, piece->log_start, *batches);
        tick_soon();
    }

    static void tell_unread(const log::LogKey& key, const Error& why) {
        if (may_pass(why.code) || why.code == Errc::not_found || why.code == Errc::shutting_down) return;
        log_warning("a subscription can't read partition {} of its topic: {}", key.partition.value,
                    why.message);
    }

    // Some of them may have been fed meanwhile, if this node led the partition.
    static void feed(queue::QueueShard& shard, QueueId id, PartitionId partition, Offset log_start,
                     const StoredBatchList& batches) {
        for (const auto& batch : batches) {
            const auto* queue = shard.is_ready() ? shard.machine().find(id) : nullptr;
            if (queue == nullptr || queue->open_count >= max_fed_ahead) return;
            const auto from = std::max(queue->fed_to(partition).value_or(Offset{}), log_start);
            if (batch->next() > from) append(shard, *queue, partition, from, *batch);
        }
    }

    static void append(queue::QueueShard& shard, const queue::Queue& queue, PartitionId partition,
                       Offset from, const message::StoredBatch& batch) {
        queue::FeedRecord record{.queue = queue.id, .partition = partition, .next = batch.next()};
        for (const auto& one : batch.records()) {
            if (one.offset >= from) record.messages.push_back(fed(one, queue.config->key_ordered));
        }
        shard.step([&](queue::QueueMachine& machine, std::int64_t,
                       queue::Effects& effects) { machine.feed(record, effects); },
                   [](auto&&) {});
    }

    // ---- how far it has come

    void tell_all() {
        const auto shard = shard_.lock();
        if (!shard || !shard->is_ready()) return;
        for (auto& [id, subscription] : queues_) {
            const auto* queue = shard->machine().find(id);
            if (queue != nullptr && !subscription.group.empty()) tell(id, *queue, subscription);
        }
    }

    void tell(QueueId id, const queue::Queue& queue, Subscription& subscription) {
        GroupPosition position{subscription.group, subscription.topic};
        for (const auto& [partition, offset] : queue.open_positions(most_looked_at)) {
            const auto [told, is_new] = subscription.told.try_emplace(partition, offset);
            if (!is_new && told->second == offset) continue;
            told->second = offset;
            position.offsets[partition] = offset;
        }
        if (position.offsets.empty()) return;
        seams_.tell_group(std::move(position), [weak = weak_from_this(), id](const Result<void>& told) {
            const auto self = weak.lock();
            if (self && !told) self->reactor_.post([self, id] { self->forget_told(id); });
        });
    }

    void forget_told(QueueId id) {
        const auto at = queues_.find(id);
        if (at != queues_.end()) at->second.told.clear();
    }

    const SubscriptionSeams seams_;
    runtime::Reactor& reactor_;
    const std::weak_ptr<queue::QueueShard> shard_;
    std::map<QueueId, Subscription> queues_;
    Logs watched_;
    bool is_queued_ = false;
    int ticks_ = 0;
    std::unique_ptr<runtime::Timer> timer_;
};

// ---- all of them

namespace {

// Those that nobody has answered for when they were asked last: they are not waited for again, so that the
// messages of others go on.
class AwayPartitions {
  public:
    bool contains(const log::LogKey& key) const {
        const std::lock_guard lock(mutex_);
        return keys_.contains(key);
    }
    void set(const log::LogKey& key, bool is_away) {
        const std::lock_guard lock(mutex_);
        is_away ? void(keys_.insert(key)) : void(keys_.erase(key));
    }

  private:
    mutable std::mutex mutex_;  // guards what follows
    std::set<log::LogKey> keys_;
};

Start start_of(const SubscriptionBegin& begin, PartitionId partition) {
    const auto at = begin.offsets.find(partition);
    return at != begin.offsets.end() ? Start{at->second} : begin.start;
}

// Gathers where the partitions begin.
struct Beginnings {
    Beginnings(std::size_t count, Subscriptions::Begun answer)
        : first(count), left(count), done(std::move(answer)) {}

    void add(std::size_t at, const Result<TopicPiece>& piece) {
        {
            const std::lock_guard lock(mutex);
            if (piece)
                first[at].next = piece->from;
            else
                error = piece.error();
            if (--left != 0) return;
        }
        error ? done(*error) : done(std::move(first));
    }

    std::mutex mutex;  // guards what follows
    std::vector<queue::FeedRecord> first;
    std::size_t left;
    std::optional<Error> error;
    const Subscriptions::Begun done;
};

}  // namespace

void Subscriptions::begin(const SubscriptionBegin& begin, Begun done) const {
    const auto& partitions = begin.topic->partitions;
    const auto beginnings = std::make_shared<Beginnings>(partitions.size(), std::move(done));
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        const auto partition = partitions[i]->id;
        beginnings->first[i].partition = partition;
        seams_.access.read(
            {.topic = begin.topic->id(), .partition = partition, .from = start_of(begin, partition)},
            [beginnings, i](const Result<TopicPiece>& piece) { beginnings->add(i, piece); });
    }
}

queue::FindTopicLog Subscriptions::finder() const {
    return [&topics = seams_.topics](const Uuid& id, PartitionId number) -> Result<queue::TopicLog> {
        const auto topic = topics.find(id);
        const auto partition = topic ? topic->partition(number) : nullptr;
        if (!partition) return Error{Errc::not_found, "there is no such topic"};
        auto log = partition->is_led() ? partition->log() : nullptr;
        if (log && !may_tell_end(*partition, *log)) log = nullptr;  // what was fed may lie behind its end
        return queue::TopicLog{std::move(log), topic, topic->name(), topic->partitions.size() > 1};
    };
}

queue::FetchRecords Subscriptions::fetcher() const {
    const auto away = std::make_shared<AwayPartitions>();
    return [&access = seams_.access, away](const Uuid& topic, PartitionId partition, Offset from, auto done) {
        const log::LogKey key{topic, partition};
        const TopicRead request{.topic = topic,
                                .partition = partition,
                                .from = from,
                                .most_bytes = fed_bytes,
                                .wait_ms = away->contains(key) ? -1 : 0};
        access.read(request, [from, key, away, done = std::move(done)](const Result<TopicPiece>& piece) {
            away->set(key, !piece && may_pass(piece.error().code));
            auto batches = piece ? batches_of(*piece) : Result<StoredBatchList>{piece.error()};
            if (!batches) return done(batches.error());
            done(queue::FetchedRecords{from, piece->log_start, std::move(*batches)});
        });
    };
}

runtime::Reactor& Subscriptions::reactor_of(const queue::QueueShard& shard) const {
    const auto partition = static_cast<std::size_t>(shard.log().key().partition.value);
    return seams_.reactors.at(partition % seams_.reactors.size());
}

std::shared_ptr<Subscriptions::Feeder> Subscriptions::feeder_of(const queue::QueueShard& shard) const {
    const std::lock_guard lock(mutex_);
    const auto at = feeders_.find(shard.log().key().partition);
    return at == feeders_.end() ? nullptr : at->second;
}

void Subscriptions::on_ready(queue::QueueShard& shard) {
    if (const auto before = feeder_of(shard)) before->stop();
    const auto partition = shard.log().key().partition;
    const auto feeder = std::make_shared<Feeder>(seams_, reactor_of(shard), shard.weak_from_this());
    {
        const std::lock_guard lock(mutex_);
        feeders_[partition] = feeder;
    }
    for (const QueueId id : shard.machine().queue_ids()) {
        const auto* queue = shard.machine().find(id);
        if (queue != nullptr && queue->is_subscription()) feeder->add(id);
    }
}

void Subscriptions::added(queue::QueueShard& shard, QueueId id) {
    const auto* queue = shard.is_ready() ? shard.machine().find(id) : nullptr;
    if (queue == nullptr || !queue->is_subscription()) return;
    if (const auto feeder = feeder_of(shard)) feeder->add(id);
}

}  // namespace weir::broker
