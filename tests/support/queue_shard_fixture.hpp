// A shard over a real log on a file system in memory, which can crash.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/queue/message_maker.hpp"
#include "broker/queue/queue_shards.hpp"
#include "log/read_batches.hpp"
#include "support/manual_timed_executor.hpp"
#include "support/small_store.hpp"

namespace weir::queue {

class ShardInbox final : public Receiver {
  public:
    void on_arrivals(std::vector<Arrival> some) override {
        std::move(some.begin(), some.end(), std::back_inserter(arrivals));
    }
    void on_notice(const Notice& notice) override { notices.push_back(notice); }
    void on_lost(const Error&) override { is_lost = true; }

    std::vector<std::string> take_bodies() {
        std::vector<std::string> bodies;
        for (const auto& one : std::exchange(arrivals, {})) bodies.emplace_back(as_text(one.message.body));
        return bodies;
    }

    std::vector<Arrival> arrivals;
    std::vector<Notice> notices;
    bool is_lost = false;
};

class QueueShardTest : public testing::Test, public log::CommitListener {
  protected:
    static constexpr QueueId queue{7}, second{8}, graveyard{9};
    static constexpr HolderId holder{1};

    QueueShardTest() { open(); }
    void on_commit(const log::Commit& commit) override {
        if (shards_) shards_->on_commit(commit);
    }
    void open() {
        store_ = test::open_store(files_, clock_, *this, test::small_store(1 << 20));
        log::LogConfig config;
        config.segment_bytes = 64 << 10;
        config.retention_ms = -1;
        log_ = store_->open_log({topic_, PartitionId{0}}, std::string(queues_topic), config).value();
        seams_.on_deleted = [this](QueueId id, const std::string& name) { deleted_.emplace_back(id, name); };
        seams_.on_dead = [this](QueueShard&, const DeadMessage& dead) { dead_.push_back(dead); };
        shards_ = std::make_unique<QueueShards>(options_, clock_, seams_);
        shards_->set_shards(1);
        shards_->lead(PartitionId{0}, {log_, LeaderEpoch{0}, &executor_});
        run();
    }
    void close() {
        shards_.reset();
        executor_.drop_all();
        log_.reset();
        store_.reset();
    }
    void crash() {
        files_.stop_at(files_.steps());  // nothing that the end of the objects does has an effect
        close();
        files_.crash(test::Crash::power_cut);
        open();
    }
    void run() { executor_.run_all(); }
    // One commit, and what waits for it.
    bool commit_once() {
        run();
        const bool was_any = store_->commit_once();
        run();
        return was_any;
    }
    void commit() {
        do clock_.advance_ms(options_.most_pause_ms);
        while (commit_once());
    }
    // How many records each batch from `from` on has.
    std::vector<std::int64_t> batches_from(Offset from) {
        std::vector<std::int64_t> batches;
        const auto visit = [&](const log::StoredBatch& batch) {
            const Offset base{log::BatchView(batch.bytes.data()).base_offset()};
            batches.push_back(batch.place.next - base);
            return Result<void>{};
        };
        const auto read = log::read_batches(*log_, from, log_->end(), options_.slice_bytes, visit);
        EXPECT_TRUE(read);
        return batches;
    }

    QueueShard& shard() { return *shards_->find(queue); }
    // The outcome of a step, once there is one.
    using Outcome = std::shared_ptr<std::optional<Result<void>>>;
    Outcome step(const QueueShard::Decide& decide) {
        auto outcome = std::make_shared<std::optional<Result<void>>>();
        shard().step(decide, [outcome](const Result<void>& result) { *outcome = result; });
        run();
        return outcome;
    }
    void declare(const QueueConfig& config = {}) {
        const auto outcome = step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            EXPECT_EQ(machine.declare(queue, "q", config, now, effects), Answer::done);
        });
        commit();
        ASSERT_TRUE(outcome->value().has_value());
    }
    void declare_other() {
        step([](QueueMachine& machine, std::int64_t now, Effects& effects) {
            EXPECT_EQ(machine.declare(graveyard, "graveyard", {}, now, effects), Answer::done);
        });
    }
    // A message of a queue whose dead letters go somewhere is rejected.
    void let_one_die() {
        declare({.dead_letter_target = "somewhere"});
        declare_other();
        publish("a");
        commit();
        const auto inbox = consume(1);
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            machine.settle({.holder = holder,
                            .verdict = Verdict::reject,
                            .messages = {inbox->arrivals.at(0).delivery.message}},
                           now, effects);
        });
        ASSERT_EQ(dead_.size(), 1u);
    }
    static ReferRequest burial(const DeadMessage& dead) {
        return {.source = dead.letter.message,
                .targets = {graveyard},
                .history = {{.queue = dead.queue, .reason = dead.letter.reason, .exchange = "e"}},
                .exchange = "dlx",
                .key = "dead"};
    }
    std::uint64_t ready(QueueId id) { return shard().machine().status(id).value().ready; }

    using Replies = std::shared_ptr<std::optional<Result<TransactReply>>>;
    Outcome publish(const std::string& body) {
        auto outcome = std::make_shared<std::optional<Result<void>>>();
        static constexpr std::uint8_t properties[] = {1, 2};
        const Message message{"e", "k", properties, as_bytes(body)};
        shard().publish({.targets = {queue}, .content_bytes = message.content_bytes()}, message,
                        [outcome](const Result<PublishReply>& reply) {
                            *outcome = reply ? Result<void>{} : Result<void>{reply.error()};
                        });
        run();
        return outcome;
    }
    Replies publish_all(const std::vector<std::string>& bodies) {
        std::vector<EnqueueRequest> publishes;
        for (const auto& body : bodies) {
            publishes.push_back({{.targets = {queue}, .content_bytes = body.size()},
                                 copied({.exchange = "e", .key = "k", .body = as_bytes(body)})});
        }
        auto replies = std::make_shared<std::optional<Result<TransactReply>>>();
        shard().publish_all(publishes, [replies](auto outcome) { *replies = std::move(outcome); });
        run();
        return replies;
    }
    void declare_second() {
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            EXPECT_EQ(machine.declare(second, "second", {}, now, effects), Answer::done);
        });
        commit();
    }
    // The body goes into both queues, and what was held is settled.
    Replies transact(const Source& held, const std::string& body) {
        const auto message = copied({.exchange = "e", .key = "k", .body = as_bytes(body)});
        TransactRequest request;
        for (const QueueId id : {queue, second})
            request.publishes.push_back({{.targets = {id}, .content_bytes = body.size()}, message});
        request.settlements.push_back({.holder = holder, .messages = {held}});
        auto replies = std::make_shared<std::optional<Result<TransactReply>>>();
        shard().transact(request, [replies](auto outcome) { *replies = std::move(outcome); });
        run();
        return replies;
    }
    std::shared_ptr<ShardInbox> consume(std::uint64_t consumer, HolderId who = holder, QueueId from = queue) {
        const auto inbox = std::make_shared<ShardInbox>();
        shard().attach(who, inbox);
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            const Consumer one{.id = ConsumerId{consumer}, .holder = who};
            EXPECT_EQ(machine.consume({from, one}, now, effects), Answer::done);
        });
        return inbox;
    }
    void accept(const Arrival& arrival) {
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            machine.settle({.holder = arrival.delivery.holder, .messages = {arrival.delivery.message}}, now,
                           effects);
        });
        commit();
    }
    // So many messages come, and are acknowledged all together.
    void pass_through(ShardInbox& inbox, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) publish(std::string(100, 'x'));
        commit();
        SettleRequest request{.holder = holder};
        for (const auto& one : std::exchange(inbox.arrivals, {}))
            request.messages.push_back(one.delivery.message);
        EXPECT_EQ(request.messages.size(), static_cast<std::size_t>(count));
        step([&](QueueMachine& machine, std::int64_t now, Effects& effects) {
            machine.settle(request, now, effects);
        });
        commit();
    }
    using Bodies = std::vector<std::string>;

    ShardOptions options_{.batch_bytes = 32 << 10};  // less than a segment
    ShardSeams seams_;                               // more of them, before open()
    test::FaultyFileSystem files_;
    test::ManualClock clock_;
    test::ManualTimedExecutor executor_{clock_};
    Uuid topic_ = Uuid::from_random(1, 2);
    std::vector<std::pair<QueueId, std::string>> deleted_;
    std::vector<DeadMessage> dead_;
    std::unique_ptr<log::LogStore> store_;
    std::shared_ptr<log::PartitionLog> log_;
    std::unique_ptr<QueueShards> shards_;
};

}  // namespace weir::queue
