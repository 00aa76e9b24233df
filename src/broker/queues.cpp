// Queues are declared in the catalogue first, and removed from it last: a crash between the two leaves one
// that another declare or delete finishes.
#include "broker/queues.hpp"

#include <future>

#include "base/log_line.hpp"
#include "broker/dead_letters.hpp"

namespace weir::broker {
Queues::Queues(Broker& broker, FindRemote remote, const SubscriptionSeams& seams,
               const PropertyReader* reader)
    : broker_(broker),
      remote_(std::move(remote)),
      reader_(reader),
      subscriptions_(seams),
      writers_(broker),
      shards_(queue::ShardOptions{}, broker.clock(),
              {.on_ready = [this](queue::QueueShard& shard) { on_ready(shard); },
               .on_deleted = [this](QueueId queue, const std::string& name) { on_deleted(queue, name); },
               .on_subscribed = [this](queue::QueueShard& shard,
                                       QueueId queue) { subscriptions_.added(shard, queue); },
               .find_topic = subscriptions_.finder(),
               .fetch_records = subscriptions_.fetcher(),
               .on_dead = [this](queue::QueueShard& shard,
                                 const queue::DeadMessage& dead) { on_dead(shard, dead); }}) {}

void Queues::start(const topology::Topology& topology) {
    topology::Changes all;
    all.everything = true;
    router_.update(topology, all);
}

void Queues::follow(const metadata::Published& published) {
    const auto& changes = published.changes.topology;
    router_.update(published.now->topology(), changes);
    remove_gone(changes);
    apply_policies(changes);
    if (!changes.everything) return;
    for (const auto& shard : shards_.all()) shard->submit([this](queue::QueueShard& at) { on_ready(at); });
}

void Queues::remove_gone(const topology::Changes& changes) const {
    std::map<ShardPtr, std::vector<QueueId>> gone;
    for (const auto& change : changes.topology) {
        const auto* queue = std::get_if<topology::Change<topology::Queue>>(&change);
        if (queue == nullptr || queue->after) continue;
        if (auto shard = shards_.find(queue->before->id)) gone[std::move(shard)].push_back(queue->before->id);
    }
    for (auto& [shard, ids] : gone) {
        shard->submit([gone_here = std::move(ids)](queue::QueueShard& at) { remove_all(at, gone_here); });
    }
}

Result<void> Queues::drop_transients(bool with_exchanges) {
    for (bool has_more = true; has_more;) {
        std::promise<Result<topology::DropTransients::Reply>> dropped;
        change(topology::DropTransients{broker_.node(), with_exchanges},
               [&](auto reply) { dropped.set_value(std::move(reply)); });
        const auto reply = dropped.get_future().get();
        if (!reply) return reply.error();
        has_more = reply->has_more;
    }
    return {};
}

// What the log has of queues that the catalogue no longer knows is of no use.
void Queues::on_ready(queue::QueueShard& shard) {
    std::set<QueueId> known;
    catalogue()->topology().hosts().for_each([&](const auto& host) {
        host->queues.for_each([&](const topology::QueuePtr& queue) { known.insert(queue->id); });
    });
    std::vector<QueueId> gone;
    for (const QueueId id : shard.machine().queue_ids()) {
        if (!known.contains(id) && id != relay(id.value)) gone.push_back(id);
    }
    remove_all(shard, std::move(gone));
    make_relay(shard);
    configure_queues(shard, {});  // policies may have changed meanwhile
    subscriptions_.on_ready(shard);
}

void Queues::remove_all(queue::QueueShard& shard, std::vector<QueueId> queues) {
    if (!shard.is_ready()) return;
    std::erase_if(queues, [&](QueueId id) { return shard.machine().find(id) == nullptr; });
    if (queues.empty()) return;
    shard.step(
        [&](queue::QueueMachine& machine, std::int64_t, queue::Effects& effects) {
            for (const QueueId id : queues) machine.remove(id, false, false, effects);
        },
        [](auto&&) {});
}

// Also for a queue that went by itself, with its last consumer or its lease.
void Queues::on_deleted(QueueId queue, std::string_view name) {
    const auto [host, own] = split_log_name(name);
    change(topology::DeleteQueue{std::string{host}, std::string{own}, queue}, [](auto&&) {});
}

// ---- places

void Queues::set_places(std::int32_t count, const Executors& executors) {
    if (has_places_) return;
    for (std::int32_t i = 0; i < count; ++i) {
        auto& executor = *executors[static_cast<std::size_t>(i) % executors.size()];
        places_.push_back(
            std::make_shared<queue::QueuePlace>(queue::PlaceOptions{}, broker_.clock(), executor,
                                                [this, i] { return leader_of(PartitionId{i}); }));
    }
    has_places_ = true;
}

void Queues::on_new_leader(PartitionId partition) {
    places_.at(static_cast<std::size_t>(partition.value))->on_new_leader();
}

const Queues::PlacePtr& Queues::place(QueueId queue) const {
    static const PlacePtr none;
    return has_places_ ? places_[queue.value % places_.size()] : none;
}

std::shared_ptr<queue::QueueLeader> Queues::leader_of(PartitionId partition) const {
    if (const auto shard = shards_.find(partition)) return std::make_shared<queue::LocalLeader>(shard);
    return remote_(partition);
}

QueueId Queues::relay(std::uint64_t dice) const {
    const auto logs = has_places_ ? places_.size() : 1;
    return QueueId{(queue_id_limit / logs - 1) * logs + dice % logs};
}

template <class Request>
void Queues::ask(Request request, Done<typename Request::Reply> done) {
    const auto& there = place(request.queue);
    if (!there) return done(Error{Errc::not_leader, "there are no queue logs yet"});
    there->ask(std::move(request), std::move(done));
}

// ---- queues

void Queues::declare(topology::DeclareQueue request, Done<Declared> done,
                     std::optional<SubscriptionBegin> begin) {
    if (!begin) return declare_from(std::move(request), done, {});
    const auto begin_anew = [this, request, done, begin = std::move(*begin)] {
        subscriptions_.begin(begin, [this, request, done](Result<std::vector<queue::FeedRecord>> first) {
            first ? declare_from(request, done, std::move(*first)) : done(first.error());
        });
    };
    // One that is there has begun: its topic's leaders need not be asked.
    const auto now = catalogue();
    const auto* there = now->topology().queue(request.queue.host, request.queue.name);
    if (there == nullptr) return begin_anew();
    this->status(there->id, [this, request, done, begin_anew](const Result<queue::QueueStatus>& known) {
        known ? declare_from(request, done, {}) : begin_anew();
    });
}

void Queues::declare_from(topology::DeclareQueue request, const Done<Declared>& done,
                          std::vector<queue::FeedRecord> first) {
    change(std::move(request),
           [this, done, first = std::move(first)](Result<topology::DeclareQueue::Reply> reply) {
               if (!reply) return done(reply.error());
               if (reply->difference) return done(Declared{std::move(*reply), {}});
               const auto& queue = *reply->queue;
               ask(queue::DeclareRequest{queue.id, log_name(queue), config_of(queue), first},
                   [done, reply = std::move(*reply)](const Result<queue::StatusReply>& status) {
                       if (!status) return done(status.error());
                       if (status->answer == queue::Answer::invalid)
                           return done(Error{Errc::invalid_argument, "the queue can't be like that"});
                       done(Declared{reply, status->status});
                   });
           });
}

void Queues::status(QueueId id, Done<queue::QueueStatus> done) {
    ask(queue::StatusRequest{id}, [done = std::move(done)](const Result<queue::StatusReply>& reply) {
        if (!reply) return done(reply.error());
        reply->answer == queue::Answer::done ? done(reply->status)
                                             : done(Error{Errc::not_found, "no such queue"});
    });
}

void Queues::purge(QueueId id, Done<std::uint64_t> done) {
    ask(queue::PurgeRequest{id}, [done = std::move(done)](const Result<queue::CountReply>& reply) {
        if (!reply) return done(reply.error());
        reply->answer == queue::Answer::done ? done(reply->count)
                                             : done(Error{Errc::not_found, "no such queue"});
    });
}

void Queues::remove(topology::QueuePtr queue, bool if_unused, bool if_empty, Done<queue::CountReply> done) {
    ask(queue::RemoveRequest{queue->id, if_unused, if_empty},
        [this, queue, done = std::move(done)](const Result<queue::CountReply>& reply) {
            if (!reply) return done(reply.error());
            const bool is_gone = reply->answer == queue::Answer::done;
            if (!is_gone && reply->answer != queue::Answer::no_such_queue) return done(*reply);
            change(topology::DeleteQueue{queue->host, queue->name, queue->id},
                   [reply = *reply, done](auto deleted) { deleted ? done(reply) : done(deleted.error()); });
        });
}

// ---- what is kept

void Queues::read(const queue::ReadRequest& request, Done<queue::ReadReply> done) {
    ask(request, [done = std::move(done)](Result<queue::ReadReply> reply) {
        if (reply && reply->answer != queue::Answer::done)
            return done(Error{Errc::not_found, "there is no such queue that keeps its messages"});
        done(std::move(reply));
    });
}

message::Record Queues::record_of(const queue::StoredMessage& message, std::string_view topic,
                                  std::int64_t time_ms) const {
    if (reader_ != nullptr) return reader_->record(message, topic, time_ms);
    return {.timestamp_ms = time_ms,
            .key = {},
            .value = Bytes{message.body.begin(), message.body.end()},
            .headers = {}};
}

Bytes Queues::batch_of(const queue::ReadReply& reply, std::string_view topic) const {
    message::BatchBuilder batch;
    for (const auto& [time_ms, message] : reply.messages)
        message::add(batch, record_of(message, topic, time_ms));
    auto bytes = batch.finish();
    log::set_base_offset(bytes, Offset{static_cast<std::int64_t>(reply.from)});
    return bytes;
}

}  // namespace weir::broker
