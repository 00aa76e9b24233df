// Transactions: all their records lie in one batch, which a crash leaves whole or takes away.
#include "broker/queue/queue_shard.hpp"

namespace weir::queue {

void QueueShard::transact(const TransactRequest& request, std::function<void(Result<TransactReply>)> done) {
    flush();  // what came before needs no part in it
    if (state_ != State::ready) {
        return step({}, [&](const Result<void>& result) { done(result.error()); });
    }
    auto reply = std::make_shared<TransactReply>();
    Effects effects;
    for (const auto& [publish, message] : request.publishes) {
        // Each sees the queues as the one before has left them.
        reply->publishes.push_back(machine_->publish(publish, now_ms(), effects));
        put_all(effects, message.get());
    }
    for (const auto& settlement : request.settlements) machine_->settle(settlement, now_ms(), effects);
    put_all(effects, nullptr);
    flush_later();
    perform(std::move(effects));
    answer([reply, done = std::move(done)](const Result<void>& result) {
        result ? done(std::move(*reply)) : done(result.error());
    });
}

// The step's records join the batch that is being built, which is not appended in between.
void QueueShard::put_all(Effects& effects, const Message* content) {
    for (const auto& record : std::exchange(effects.records, {})) put(record, content);
}

}  // namespace weir::queue
