// What a door does for its clients, as the Kafka one does it: publish, wait, answer; read as far as allowed.
#include <fmt/format.h>

#include "broker/message/batch_builder.hpp"
#include "simulation/cluster/simulated_broker.hpp"

namespace weir::simulation {

std::shared_ptr<broker::Partition> SimulatedBroker::partition(const log::LogKey& key) {
    const auto topic = topics_.find(key.topic_id);
    return topic ? topic->partition(key.partition) : nullptr;
}

std::shared_ptr<log::PartitionLog> SimulatedBroker::partition_log(const log::LogKey& key) {
    const auto found = partition(key);
    return found ? found->log() : nullptr;
}

void SimulatedBroker::produce(const ClientBatch& batch, Answered done) {
    if (!is_up() || is_dead()) return;
    if (!is_usable_) return done(Error{Errc::not_leader, "this node is not in use yet"});
    const auto topic = topics_.find(batch.topic);
    if (!topic) return done(Error{Errc::not_found, "no such topic"});
    if (!world_.dice.one_in(30)) return publish(topic, batch, std::move(done));
    // A reactor may be held up between looking the topic up and appending.
    world_.loop.after(world_.dice.between(100, 200'000),
                      [this, topic, batch, done = std::move(done), life = life_] {
                          if (life == life_ && !is_dead()) publish(topic, batch, done);
                      });
}

void SimulatedBroker::publish(const std::shared_ptr<const broker::Topic>& topic, const ClientBatch& batch,
                              Answered done) {
    const auto place = topic->partition(batch.partition);
    if (!place) return done(Error{Errc::not_found, "no such partition"});
    const log::LogKey key{topic->id(), batch.partition};
    const auto bytes = std::make_shared<Bytes>(bytes_of(batch, key, place->leader_epoch()));
    std::vector<message::RecordFault> faults;
    const bool all = world_.bug.in_node != Planted::ignored_minimum;
    const auto published = broker::publish(*topic, *place, {bytes, *bytes}, all, clock_.wall_ms(), faults);
    if (!published && world_.bug.in_node == Planted::late_append) append_late(key, *place, bytes);
    if (!published) return done(published.error());
    const auto& appended = published->appended;
    world_.note("node {}: {} partition {}: producer {}, {} at offset {} in epoch {}{}", id_.value,
                batch.topic, batch.partition.value, batch.producer.value, batch.sequence,
                appended.base_offset.value, place->leader_epoch().value,
                appended.duplicate ? ", as before" : "");
    if (!appended.duplicate) world_.checker(key).led(place->leader_epoch(), id_.value);
    if (appended.duplicate) ++world_.duplicates;
    if (world_.bug.in_node == Planted::early_acknowledgement && !appended.duplicate) {
        world_.checker(key).acknowledged(*bytes);
        return done({});
    }
    waiting_.push_back({.log = place->log(),
                        .place = place,
                        .base = appended.base_offset,
                        .next = appended.base_offset + batch.records,
                        .commits = broker::TicketRange::of(appended),
                        .done = std::move(done)});
    commit_soon();
    answer_clients();
}

// Planted: whoever found the node leading appends, whatever the log has been told since.
void SimulatedBroker::append_late(const log::LogKey& key, const broker::Partition& place,
                                  const std::shared_ptr<Bytes>& bytes) {
    const auto now = partition(key);
    if (!place.is_led() || !now || now->is_led() || !now->log()) return;
    (void)now->log()->append({bytes, *bytes}, now->leader_epoch(), clock_.wall_ms());
    commit_soon();
}

Bytes SimulatedBroker::bytes_of(const ClientBatch& batch, const log::LogKey& key, LeaderEpoch epoch) {
    const bool is_forgotten = world_.bug.in_node == Planted::lost_producers &&
                              known_producers_.emplace(key, epoch, batch.producer).second;
    message::BatchOptions options;
    if (!is_forgotten)
        options = {.producer_id = batch.producer,
                   .producer_epoch = ProducerEpoch{0},
                   .base_sequence = batch.sequence};
    message::BatchBuilder builder{options};
    for (std::int32_t i = 0; i < batch.records; ++i) {
        auto value = fmt::format("{}:{}:{}", batch.producer.value, batch.sequence, i);
        value.resize(value.size() + batch.bytes, 'x');
        builder.add(1'700'000'000'000, std::nullopt, as_bytes(value));
    }
    return builder.finish();
}

void SimulatedBroker::commit_soon() {
    if (std::exchange(commit_due_, true)) return;
    world_.loop.after(sync_us_ / 2 + world_.dice.between(0, sync_us_), [this, life = life_] {
        if (life != life_) return;
        commit_due_ = false;
        if (!store_->commit_once() && !is_dead()) return;
        answer_clients();
        after_task();
    });
}

void SimulatedBroker::on_commit(const log::Commit& commit) {
    if (is_dead() || !replicas_) return;  // nobody hears it
    committed_ = commit.ticket;
    for (const auto& failed : commit.failed) failures_.add(commit.ticket, failed);
    replicas_->on_commit(commit);
}

void SimulatedBroker::answer_clients() {
    for (auto at = waiting_.begin(); at != waiting_.end() && !is_dead();)
        at = answer(*at) ? waiting_.erase(at) : std::next(at);
}

// False: it is not decided yet.
bool SimulatedBroker::answer(const Waiting& waiting) {
    if (waiting.commits.last > committed_) return false;
    if (const auto* error = failures_.find(*waiting.log, waiting.base, waiting.commits)) {
        waiting.done(*error);
        return true;
    }
    const auto now = broker::replication_of(topics_, *waiting.place, *waiting.log, waiting.next);
    if (now == broker::Replication::under_way) return false;
    if (now == broker::Replication::led_elsewhere) {
        waiting.done(Error{Errc::not_leader, "another node leads the partition by now"});
        return true;
    }
    acknowledge(waiting);
    waiting.done({});
    return true;
}

void SimulatedBroker::acknowledge(const Waiting& waiting) {
    const auto key = waiting.log->key();
    const auto batch = content(*waiting.log, waiting.base, waiting.next);
    if (is_dead() || !batch) return;
    auto& checker = world_.checker(key);
    if (batch->empty())
        return world_.fail(fmt::format("node {} acknowledges offset {}, which it can't read", id_.value,
                                       waiting.base.value));
    checker.acknowledged(*batch);
    ++world_.acknowledged;
    const auto* topic = world_.newest() ? world_.newest()->find(key.topic_id) : nullptr;
    const auto* newest = topic == nullptr ? nullptr : topic->partition(key.partition);
    auto* leader = newest == nullptr ? nullptr : world_.node(newest->leader);
    if (leader == nullptr || !leader->is_up() || leader->is_dead()) return;
    const auto there = leader->partition(key);
    if (there && there->log() && there->is_led() && there->leader_epoch() == newest->leader_epoch &&
        leader->is_readable(*there->log(), waiting.base))
        checker.holds(*there->log(), *batch, leader->id().value);
}

bool SimulatedBroker::is_readable(log::PartitionLog& log, Offset from) {
    return content(log, from, log.durable_end()).has_value() && !is_dead();
}

// What a replica holds to be committed must be what it is everywhere.
void SimulatedBroker::check_replicas(const std::vector<std::shared_ptr<log::PartitionLog>>& logs) {
    for (const auto& log : logs) {
        if (is_dead()) return;
        auto& checked = checked_[log->key()];
        const auto end = log->readable_end();
        if (end > checked && is_readable(*log, std::max(checked, log->log_start())))
            world_.checker(log->key()).replica(*log, std::max(checked, log->log_start()), end, id_.value);
        checked = end;
    }
    answer_clients();
}

Result<ClientView> SimulatedBroker::read(const log::LogKey& key, Offset from, LeaderEpoch known) {
    const auto place = is_usable_ && !is_dead() ? partition(key) : nullptr;
    const auto log = place ? place->log() : nullptr;
    if (!log || !place->is_led() || place->leader_epoch() < known)
        return Error{Errc::not_leader, "another node leads the partition"};
    ClientView view{.epoch = place->leader_epoch(), .end = {}, .batches = {}};
    if (!log->is_limited() || log->telling_epoch() == place->leader_epoch()) view.end = log->readable_end();
    if (world_.bug.in_node == Planted::shown_at_election) view.end = log->readable_end();
    const auto end = log->readable_end();
    if (from < log->log_start() || from > log->end())
        return Error{Errc::offset_out_of_range, fmt::format("[{}, {}]", log->log_start().value, end.value)};
    auto batches = from < end ? content(*log, from, end) : Bytes{};
    const bool is_over = is_dead();
    after_task();
    if (is_over || !batches) return Error{Errc::io_error, "the log can't be read now"};
    view.batches = std::move(*batches);
    return view;
}

}  // namespace weir::simulation
