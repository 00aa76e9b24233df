// Each request as a step of the shard.
#include "broker/queue/queue_request.hpp"

#include "broker/queue/queue_shard.hpp"

namespace weir::queue {
namespace {

using Done = QueueLeader::Done;
using Decision = std::function<ShardReply(QueueMachine&, std::int64_t now_ms, Effects&)>;

// The reply leaves once all that the step led to is committed.
void answer_committed(QueueShard& shard, const Decision& decide, const Done& done) {
    auto reply = std::make_shared<ShardReply>();
    shard.step([&](QueueMachine& machine, std::int64_t now_ms,
                   Effects& effects) { *reply = decide(machine, now_ms, effects); },
               [reply, done](const Result<void>& result) {
                   result ? done(std::move(*reply)) : done(result.error());
               });
}

// The reply leaves before the step takes effect: nothing of it has to be committed.
void answer_first(QueueShard& shard, const Decision& decide, const Done& done) {
    if (!shard.is_ready()) return shard.step({}, [&](const Result<void>& result) { done(result.error()); });
    shard.step([&](QueueMachine& machine, std::int64_t now_ms,
                   Effects& effects) { done(decide(machine, now_ms, effects)); },
               [](auto&&) {});
}

StatusReply status_of(QueueShard& shard, QueueId queue, Answer answer) {
    const auto status = shard.machine().status(queue);
    if (!status) return {Answer::no_such_queue, {}};
    return {answer, *status};
}

void on(QueueShard& shard, const DeclareRequest& request, const Done& done) {
    auto answer = std::make_shared<Answer>();
    shard.step(
        [&](QueueMachine& machine, std::int64_t now_ms, Effects& effects) {
            *answer = machine.declare(request.queue, request.name, request.config, now_ms, effects);
            if (*answer != Answer::done) return;
            for (auto feed : request.first) {
                feed.queue = request.queue;
                effects.records.emplace_back(std::move(feed));
            }
        },
        [&shard, answer, queue = request.queue, done](const Result<void>& result) {
            result ? done(ShardReply{status_of(shard, queue, *answer)}) : done(result.error());
        });
}

void on(QueueShard& shard, const StatusRequest& request, const Done& done) {
    shard.step(
        [&](QueueMachine& machine, std::int64_t now_ms, Effects&) { machine.use(request.queue, now_ms); },
        [&shard, queue = request.queue, done](const Result<void>& result) {
            result ? done(ShardReply{status_of(shard, queue, Answer::done)}) : done(result.error());
        });
}

void on(QueueShard& shard, const PurgeRequest& request, const Done& done) {
    answer_committed(
        shard,
        [&](QueueMachine& machine, std::int64_t, Effects& effects) {
            return machine.purge(request.queue, effects);
        },
        done);
}

void on(QueueShard& shard, const RemoveRequest& request, const Done& done) {
    answer_committed(
        shard,
        [&](QueueMachine& machine, std::int64_t, Effects& effects) {
            return machine.remove(request.queue, request.if_unused, request.if_empty, effects);
        },
        done);
}

void on(QueueShard& shard, const EnqueueRequest& request, const Done& done) {
    shard.publish(request.publish, *request.message, [done](Result<PublishReply> reply) {
        reply ? done(ShardReply{std::move(*reply)}) : done(reply.error());
    });
}

void on(QueueShard& shard, const AttachRequest& request, const Done& done) {
    if (shard.is_ready() && request.receiver) shard.attach(request.holder, request.receiver);
    answer_first(
        shard,
        [&](QueueMachine& machine, std::int64_t, Effects&) {
            machine.set_window(request.holder, request.window);
            return Answer::done;
        },
        done);
}

// The answer leaves before the first delivery.
void on(QueueShard& shard, const SubscribeRequest& request, const Done& done) {
    answer_first(
        shard,
        [&](QueueMachine& machine, std::int64_t now_ms, Effects& effects) {
            return machine.consume(request.consume, now_ms, effects);
        },
        done);
}

// The consumer still gets what was published before, as soon as that may be handed out.
void on(QueueShard& shard, const CancelRequest& request, const Done& done) {
    shard.step([](auto&&...) {},
               [&shard, request, done](const Result<void>& result) {
                   if (!result) return done(result.error());
                   answer_first(
                       shard,
                       [&](QueueMachine& machine, std::int64_t now_ms, Effects& effects) {
                           return machine.cancel(request.consumer, now_ms, effects);
                       },
                       done);
               });
}

void on(QueueShard& shard, const GrantRequest& request, const Done& done) {
    answer_first(
        shard,
        [&](QueueMachine& machine, std::int64_t, Effects&) {
            const auto* queue = machine.find(request.queue);
            const auto* consumer =
                queue && queue->activity ? queue->activity->find(request.consumer) : nullptr;
            if (consumer == nullptr) return Answer::no_such_consumer;
            return machine.grant(request.consumer, consumer->credit + request.more);
        },
        done);
}

// What the same client has published before is to be found.
void on(QueueShard& shard, const TakeRequest& request, const Done& done) {
    shard.step([](auto&&...) {},
               [&shard, request, done](const Result<void>& result) {
                   if (!result) return done(result.error());
                   shard.get(request.queue, request.holder, request.settles,
                             [done](Result<GetReply> reply, StoredMessage message) {
                                 if (!reply) return done(reply.error());
                                 done(ShardReply{Got{std::move(*reply), std::move(message)}});
                             });
               });
}

void on(QueueShard& shard, const DispositionRequest& request, const Done& done) {
    answer_committed(
        shard,
        [&](QueueMachine& machine, std::int64_t now_ms, Effects& effects) {
            return CountReply{Answer::done, machine.settle(request.settle, now_ms, effects)};
        },
        done);
}

void on(QueueShard& shard, const CloseRequest& request, const Done& done) {
    shard.close(request.holder, [done](const Result<void>& result) {
        result ? done(ShardReply{Answer::done}) : done(result.error());
    });
}

void on(QueueShard& shard, const TransactRequest& request, const Done& done) {
    shard.transact(request, [done](Result<TransactReply> reply) {
        reply ? done(ShardReply{std::move(*reply)}) : done(reply.error());
    });
}

void on(QueueShard& shard, const EnqueueAllRequest& request, const Done& done) {
    shard.publish_all(request.publishes, [done](Result<TransactReply> reply) {
        reply ? done(ShardReply{std::move(*reply)}) : done(reply.error());
    });
}

void on(QueueShard& shard, const AdoptRequest& request, const Done& done) {
    shard.adopt(request.refer, request.reason, *request.message, [done](const Result<void>& result) {
        result ? done(ShardReply{Answer::done}) : done(result.error());
    });
}

void on(QueueShard& shard, const ReadRequest& request, const Done& done) {
    shard.read(request, [done](Result<ReadReply> reply) {
        reply ? done(ShardReply{std::move(*reply)}) : done(reply.error());
    });
}

}  // namespace

void serve(QueueShard& shard, const ShardRequest& request, const Done& done) {
    std::visit([&](const auto& one) { on(shard, one, done); }, request);
}

void LocalLeader::ask(RequestPtr request, Done done) {
    shard_->submit([shard = shard_, request = std::move(request), done = std::move(done)](QueueShard& here) {
        serve(here, *request, done);
    });
}

}  // namespace weir::queue
