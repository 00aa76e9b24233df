// Queues are declared in the catalogue first, and removed from it last: a crash between the two leaves one
// that another declare or delete finishes.
#include "broker/queues.hpp"

#include <future>

#include "base/log_line.hpp"

namespace weir::broker {
namespace {

// A queue's name in its log: the catalogue's two, apart.
std::string log_name(const topology::Queue& queue) {
    return queue.host + '\0' + queue.name;
}

Error not_here() {
    return {Errc::not_leader, "this node does not have the queue's log"};
}

}  // namespace

Queues::Queues(metadata::MetadataController& controller, const Clock& clock, NodeId node,
               const SubscriptionSeams& seams)
    : controller_(controller),
      node_(node),
      subscriptions_(seams),
      shards_(queue::ShardOptions{}, clock,
              {.on_ready = [this](queue::QueueShard& shard) { on_ready(shard); },
               .on_deleted = [this](QueueId queue, const std::string& name) { on_deleted(queue, name); },
               .find_topic = subscriptions_.finder()}) {}

void Queues::start(const topology::Topology& topology) {
    topology::Changes all;
    all.everything = true;
    router_.update(topology, all);
}

void Queues::follow(const metadata::Published& published) {
    router_.update(published.now->topology(), published.changes.topology);
}

Result<void> Queues::drop_transients() {
    for (bool has_more = true; has_more;) {
        std::promise<Result<topology::DropTransients::Reply>> dropped;
        change(topology::DropTransients{node_, true},
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
        if (!known.contains(id)) gone.push_back(id);
    }
    shard.step(
        [&](queue::QueueMachine& machine, std::int64_t, queue::Effects& effects) {
            for (const QueueId id : gone) machine.remove(id, false, false, effects);
        },
        [](auto&&) {});
    subscriptions_.on_ready(shard);
}

// Also for a queue that went by itself, with its last consumer or its lease.
void Queues::on_deleted(QueueId queue, std::string_view name) {
    const auto end = name.find('\0');
    if (end == std::string_view::npos) return;
    change(topology::DeleteQueue{std::string{name.substr(0, end)}, std::string{name.substr(end + 1)}, queue},
           [](auto&&) {});
}

void Queues::declare(topology::DeclareQueue request, queue::QueueConfig config, Done<Declared> done,
                     std::vector<queue::FeedRecord> first) {
    change(std::move(request), [this, config = std::move(config), done = std::move(done),
                                first = std::move(first)](Result<topology::DeclareQueue::Reply> reply) {
        if (!reply) return done(reply.error());
        if (reply->difference) return done(Declared{std::move(*reply), {}});
        const auto here = shard(reply->queue->id);
        if (!here) return done(not_here());
        here->submit([this, config, done, first, reply = std::move(*reply)](queue::QueueShard& at) {
            auto answer = std::make_shared<queue::Answer>();
            const auto id = reply.queue->id;
            at.step(
                [&](queue::QueueMachine& machine, std::int64_t now_ms, queue::Effects& effects) {
                    *answer = machine.declare(id, log_name(*reply.queue), config, now_ms, effects);
                    if (*answer != queue::Answer::done) return;
                    for (auto feed : first) {
                        feed.queue = id;
                        effects.records.emplace_back(std::move(feed));
                    }
                },
                [this, answer, done, reply, id, &at](const Result<void>& result) {
                    if (!result) return done(result.error());
                    subscriptions_.added(at, id);
                    if (*answer == queue::Answer::invalid)
                        return done(Error{Errc::invalid_argument, "the queue can't be like that"});
                    done(Declared{reply, at.machine().status(id).value_or(queue::QueueStatus{})});
                });
        });
    });
}

void Queues::status(QueueId id, Done<queue::QueueStatus> done) {
    const auto here = shard(id);
    if (!here) return done(not_here());
    here->submit([id, done = std::move(done)](queue::QueueShard& at) {
        at.step([id](queue::QueueMachine& machine, std::int64_t now_ms,
                     queue::Effects&) { machine.use(id, now_ms); },
                [id, done, &at](const Result<void>& result) {
                    if (!result) return done(result.error());
                    const auto status = at.machine().status(id);
                    status ? done(*status) : done(Error{Errc::not_found, "no such queue"});
                });
    });
}

void Queues::purge(QueueId id, Done<std::uint64_t> done) {
    const auto here = shard(id);
    if (!here) return done(not_here());
    here->submit([id, done = std::move(done)](queue::QueueShard& at) {
        auto reply = std::make_shared<queue::CountReply>();
        at.step([&](queue::QueueMachine& machine, std::int64_t,
                    queue::Effects& effects) { *reply = machine.purge(id, effects); },
                [reply, done](const Result<void>& result) {
                    if (!result) return done(result.error());
                    reply->answer == queue::Answer::done ? done(reply->count)
                                                         : done(Error{Errc::not_found, "no such queue"});
                });
    });
}

void Queues::remove(topology::QueuePtr queue, bool if_unused, bool if_empty, Done<queue::CountReply> done) {
    const auto here = shard(queue->id);
    if (!here) return done(not_here());
    here->submit([this, queue, if_unused, if_empty, done = std::move(done)](queue::QueueShard& at) {
        auto reply = std::make_shared<queue::CountReply>();
        const auto forget = [this, queue, reply, done](const Result<void>& result) {
            if (!result) return done(result.error());
            const bool is_gone = reply->answer == queue::Answer::done;
            if (!is_gone && reply->answer != queue::Answer::no_such_queue) return done(*reply);
            change(topology::DeleteQueue{queue->host, queue->name, queue->id},
                   [reply, done](auto deleted) { deleted ? done(*reply) : done(deleted.error()); });
        };
        at.step(
            [&](queue::QueueMachine& machine, std::int64_t, queue::Effects& effects) {
                *reply = machine.remove(queue->id, if_unused, if_empty, effects);
            },
            forget);
    });
}

}  // namespace weir::broker
