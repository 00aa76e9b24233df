// Messages of a subscription whose topic another node leads: fetched, in order, passed over when they are
// gone, and waited for while nobody can be asked.
#include "support/batch_builder.hpp"
#include "support/queue_shard_fixture.hpp"

namespace weir::queue {
namespace {

const Uuid topic = Uuid::from_random(3, 4);

class ShardDeliverTest : public QueueShardTest {
  protected:
    struct Asked {
        PartitionId partition;
        Offset from;
        std::function<void(Result<FetchedRecords>)> done;
    };

    ShardDeliverTest() {
        seams_.find_topic = [](const Uuid&, PartitionId) {
            return Result<TopicLog>{TopicLog{nullptr, nullptr, "t", true}};
        };
        seams_.fetch_records = [this](const Uuid&, PartitionId partition, Offset from, auto done) {
            asked_.push_back({partition, from, std::move(done)});
        };
        close();
        open();
        declare({.counts_deliveries = true, .source_topic = topic});
    }
    void feed(std::int32_t partition, std::int64_t first, std::int64_t count) {
        FeedRecord record{.queue = queue, .partition = PartitionId{partition}, .next = Offset{first + count}};
        for (auto offset = first; offset < first + count; ++offset)
            record.messages.push_back({.offset = Offset{offset}, .bytes = 5});
        step([&](QueueMachine& machine, std::int64_t, Effects& effects) { machine.feed(record, effects); });
        commit();
    }
    static std::shared_ptr<const message::StoredBatch> batch(std::int64_t first, std::int64_t count) {
        message::BatchBuilder builder;
        for (auto offset = first; offset < first + count; ++offset)
            builder.add(1, std::nullopt, as_bytes(std::to_string(offset)));
        auto bytes = builder.finish();
        log::set_base_offset(bytes, Offset{first});
        return message::StoredBatch::of(std::move(bytes)).value();
    }
    void answer(Result<FetchedRecords> fetched) {
        ASSERT_FALSE(asked_.empty());
        const auto first = asked_.front();
        asked_.erase(asked_.begin());
        if (fetched) fetched->from = first.from;
        first.done(std::move(fetched));
        commit();
    }
    void answer(std::int64_t first, std::int64_t count) {
        answer(FetchedRecords{{}, {}, {batch(first, count)}});
    }
    static std::vector<std::string> values(ShardInbox& inbox) {
        std::vector<std::string> out;
        for (const auto& one : std::exchange(inbox.arrivals, {}))
            out.push_back(fmt::format("{}/{}", one.message.partition.value,
                                      as_text(one.message.record->value.value_or(ByteView{}))));
        return out;
    }
    struct Taken {
        bool is_done = false;
        Errc error = Errc::internal;
        std::string value;
    };
    std::shared_ptr<Taken> get() {
        auto taken = std::make_shared<Taken>();
        shard().get(queue, holder, false,
                    [taken](const Result<GetReply>& reply, const StoredMessage& message) {
                        taken->is_done = true;
                        if (!reply) taken->error = reply.error().code;
                        if (reply && reply->delivery) taken->value = as_text(*message.record->value);
                    });
        commit();
        return taken;
    }
    using Values = std::vector<std::string>;

    std::vector<Asked> asked_;
};

TEST_F(ShardDeliverTest, WhatComesBehindARecordThatIsFetchedWaits) {
    feed(0, 0, 2), feed(1, 7, 1), feed(0, 2, 1);
    const auto inbox = consume(1);
    ASSERT_EQ(asked_.size(), 1u);
    EXPECT_EQ(asked_[0].from, Offset{0});
    answer(0, 3);
    EXPECT_EQ(values(*inbox), (Values{"0/0", "0/1"}));
    ASSERT_EQ(asked_.size(), 1u);
    EXPECT_EQ(asked_[0].partition, PartitionId{1});
    answer(7, 1);
    EXPECT_EQ(values(*inbox), (Values{"1/7", "0/2"}));
    EXPECT_TRUE(asked_.empty());
}

TEST_F(ShardDeliverTest, WhatWasKeptIsNotFetched) {
    shard().keep({topic, PartitionId{0}}, {batch(0, 2)});
    feed(0, 0, 2);
    const auto inbox = consume(1);
    EXPECT_EQ(values(*inbox), (Values{"0/0", "0/1"}));
    EXPECT_TRUE(asked_.empty());
}

TEST_F(ShardDeliverTest, HoldersWaitForOneAnswer) {
    const auto first = consume(1), second = consume(2, HolderId{2});
    feed(0, 0, 2);
    EXPECT_EQ(asked_.size(), 1u);
    answer(0, 2);
    EXPECT_EQ(values(*first).size() + values(*second).size(), 2u);
}

// A holder may wait for a record that lies before what another one has had fetched.
TEST_F(ShardDeliverTest, AnotherHoldersAnswerDoesNotTellThatARecordIsGone) {
    feed(0, 5, 1);
    const auto first = consume(1);
    feed(0, 90, 1);
    const auto second = consume(2, HolderId{2});
    ASSERT_EQ(asked_.size(), 1u);
    answer(FetchedRecords{{}, {}, {batch(5, 1)}});
    EXPECT_EQ(values(*first), Values{"0/5"});
    ASSERT_EQ(asked_.size(), 1u) << "now for the second";
    EXPECT_EQ(asked_[0].from, Offset{90});
    answer(90, 1);
    EXPECT_EQ(values(*first).size() + values(*second).size(), 1u);
}

TEST_F(ShardDeliverTest, WhatIsGoneIsSettled) {
    feed(0, 0, 3);
    const auto inbox = consume(1);
    answer(FetchedRecords{{}, Offset{2}, {batch(2, 1)}});
    answer(FetchedRecords{{}, Offset{2}, {batch(2, 1)}});
    EXPECT_EQ(values(*inbox), Values{"0/2"});
    EXPECT_EQ(shard().machine().status(queue)->held, 1u);
}

TEST_F(ShardDeliverTest, WhileNobodyAnswersItIsTriedAgain) {
    feed(0, 0, 1);
    const auto inbox = consume(1);
    answer(Error{Errc::not_leader, "nobody leads it"});
    EXPECT_TRUE(asked_.empty());
    EXPECT_TRUE(inbox->arrivals.empty());
    clock_.advance_ms(1000);
    commit();
    answer(0, 1);
    ASSERT_EQ(inbox->arrivals.size(), 1u);
    EXPECT_EQ(inbox->arrivals[0].delivery.delivery_count, 0u) << "that was no attempt";
}

TEST_F(ShardDeliverTest, OnePartitionThatIsAwayDoesNotHoldUpTheOthers) {
    feed(0, 0, 5), feed(1, 0, 1);
    const auto inbox = consume(1);
    answer(Error{Errc::not_leader, "nobody leads it"});
    ASSERT_EQ(asked_.size(), 1u) << "all of the partition are passed over";
    EXPECT_EQ(asked_[0].partition, PartitionId{1});
    answer(0, 1);
    EXPECT_EQ(values(*inbox), Values{"1/0"});
}

TEST_F(ShardDeliverTest, WhatAHolderWaitsForGoesBackWithIt) {
    feed(0, 0, 1);
    const auto first = consume(1);
    shard().close(holder, [](auto&&) {});
    commit();
    const auto second = consume(2, HolderId{2});
    answer(0, 1);
    EXPECT_TRUE(first->arrivals.empty());
    EXPECT_EQ(values(*second), Values{"0/0"});
}

TEST_F(ShardDeliverTest, OneIsTakenOnceItIsFetched) {
    feed(0, 0, 2);
    const auto first = get();
    EXPECT_FALSE(first->is_done);
    answer(FetchedRecords{{}, Offset{1}, {batch(1, 1)}});
    EXPECT_TRUE(first->is_done);
    EXPECT_EQ(first->value, "1") << "the one before is gone";
    EXPECT_EQ(get()->value, "") << "there is no other";
}

TEST_F(ShardDeliverTest, WhoWaitsForOneIsToldWhenTheLogIsLost) {
    feed(0, 0, 1);
    const auto taken = get();
    shard().stop({Errc::not_leader, "another node leads"});
    EXPECT_TRUE(taken->is_done);
    EXPECT_EQ(taken->error, Errc::outcome_unknown);
}

}  // namespace
}  // namespace weir::queue
