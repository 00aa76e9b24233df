// Idempotent producers (repeats, gaps, epochs, wrapping sequences, taking back) and the history of epochs.
#include <gtest/gtest.h>

#include "log/epoch_table.hpp"
#include "log/producer_table.hpp"
#include "support/batch_builder.hpp"

namespace weir::log {
namespace {

constexpr std::int32_t last_sequence = 2147483647;

class ProducerTableTest : public ::testing::Test {
  protected:
    static Bytes batch(std::int32_t sequence, std::int32_t records = 1, std::int16_t epoch = 0) {
        return test::make_batch({.records = records,
                                 .producer = ProducerId{7},
                                 .epoch = ProducerEpoch{epoch},
                                 .sequence = sequence});
    }
    Result<std::optional<Offset>> check(const Bytes& bytes) {
        const auto known = table_.check(BatchView{bytes.data()});
        if (!known) return known.error();
        return *known ? std::optional{(*known)->base_offset} : std::nullopt;
    }
    bool is_new(const Bytes& bytes) {
        const auto result = check(bytes);
        return result && !*result;
    }
    void add(const Bytes& bytes, std::int64_t offset, std::int64_t durable_end = 0) {
        table_.add(BatchView{bytes.data()}, Offset{offset}, 100 + offset, Offset{durable_end});
    }

    ProducerTable table_;
};

TEST_F(ProducerTableTest, KnowsRepeatsAndGaps) {
    EXPECT_TRUE(is_new(batch(40)));  // an unknown producer may begin anywhere
    add(batch(40, 3), 0);
    EXPECT_EQ(check(batch(40, 3)).value(), Offset{0});
    EXPECT_TRUE(is_new(batch(43)));
    EXPECT_EQ(check(batch(44)).error().code, Errc::out_of_order_sequence);
    EXPECT_EQ(check(batch(41)).error().code, Errc::out_of_order_sequence);
    EXPECT_EQ(check(batch(40, 2)).error().code, Errc::out_of_order_sequence);
}

TEST_F(ProducerTableTest, KnowsWhenABatchWasAppended) {
    const auto time_of = [&](const Bytes& bytes) {
        return table_.check(BatchView{bytes.data()}).value().value().timestamp_ms;
    };
    add(batch(0), 0);
    EXPECT_EQ(time_of(batch(0)), 100);
    auto stamped = batch(1);
    set_log_append_time(stamped, 77);
    add(stamped, 1);  // by a follower, or read again: the batch knows better
    EXPECT_EQ(time_of(batch(1)), 77);
}

TEST_F(ProducerTableTest, RemembersFiveBatches) {
    for (int i = 0; i < 30; ++i) add(batch(i), i, i);
    for (int i = 25; i < 30; ++i) EXPECT_EQ(check(batch(i)).value(), Offset{i});
    EXPECT_EQ(check(batch(24)).error().code, Errc::out_of_order_sequence);
    EXPECT_EQ(table_.snapshot(Offset{28}).at(0).batches.size(), 5u);
    EXPECT_EQ(table_.snapshot(Offset{28}).at(0).batches.back().base_offset, Offset{27});
}

TEST_F(ProducerTableTest, SequencesWrap) {
    add(batch(last_sequence - 1, 4), 0);  // the last two, then 0 and 1
    EXPECT_EQ(check(batch(last_sequence - 1, 4)).value(), Offset{0});
    EXPECT_TRUE(is_new(batch(2)));
    add(batch(2), 4);
    EXPECT_EQ(table_.summaries().at(0).last_sequence, 2);
    ProducerTable exact;
    const auto end = batch(last_sequence);
    exact.add(BatchView{end.data()}, Offset{0}, 0, Offset{0});
    const auto zero = batch(0);
    EXPECT_FALSE(exact.check(BatchView{zero.data()}).value());
}

TEST_F(ProducerTableTest, NewEpochsBeginAtZeroAndFenceOldOnes) {
    add(batch(5, 1, 3), 0);
    EXPECT_EQ(check(batch(6, 1, 2)).error().code, Errc::stale_producer_epoch);
    EXPECT_EQ(check(batch(6, 1, 4)).error().code, Errc::out_of_order_sequence);
    EXPECT_TRUE(is_new(batch(0, 1, 4)));
}

TEST_F(ProducerTableTest, TakesBackToWhatWasBefore) {
    add(batch(0), 0, 1);
    add(batch(1), 1, 1);
    add(batch(0, 1, 1), 2, 1);
    table_.truncate_from(Offset{1});
    EXPECT_EQ(check(batch(0)).value(), Offset{0});
    EXPECT_TRUE(is_new(batch(1)));
    table_.truncate_from(Offset{0});
    EXPECT_EQ(table_.size(), 0u);
}

TEST_F(ProducerTableTest, ForgetsTheIdleButNotWhatIsOnItsWay) {
    add(batch(0), 0);
    table_.expire(1000, Offset{0});
    EXPECT_EQ(table_.size(), 1u);
    table_.expire(1000, Offset{1});
    EXPECT_EQ(table_.size(), 0u);
}

EpochTable example() {
    return EpochTable{
        {{LeaderEpoch{2}, Offset{0}}, {LeaderEpoch{5}, Offset{10}}, {LeaderEpoch{6}, Offset{30}}}};
}

TEST(EpochTable, AnEmptyLogsEpochGivesWayToTheFirstBatchs) {
    EpochTable table;
    table.assign(LeaderEpoch{2}, Offset{0});
    table.drop_before(Offset{5});  // nothing is left
    table.assign(LeaderEpoch{1}, Offset{5});
    EXPECT_EQ(table.at(Offset{5}), LeaderEpoch{1});
    table.assign(LeaderEpoch{0}, Offset{6});
    EXPECT_EQ(table.at(Offset{6}), LeaderEpoch{1});
}

TEST(EpochTable, FindsWhereAnEpochEnds) {
    const auto table = example();
    EXPECT_FALSE(table.end_of(LeaderEpoch{1}, Offset{50}));
    EXPECT_EQ(table.end_of(LeaderEpoch{2}, Offset{50})->end, Offset{10});
    EXPECT_EQ(table.end_of(LeaderEpoch{4}, Offset{50})->epoch, LeaderEpoch{2});
    EXPECT_EQ(table.end_of(LeaderEpoch{5}, Offset{50})->end, Offset{30});
    EXPECT_EQ(table.end_of(LeaderEpoch{9}, Offset{50})->end, Offset{50});
    EXPECT_EQ(table.end_of(LeaderEpoch{5}, Offset{20})->end, Offset{20});
    EXPECT_EQ(table.at(Offset{29}), LeaderEpoch{5});
    EXPECT_EQ(table.run_at(Offset{10}, Offset{50}).epoch, LeaderEpoch{5});
    EXPECT_EQ(table.run_at(Offset{10}, Offset{50}).end, Offset{30});
    EXPECT_EQ(table.run_at(Offset{29}, Offset{20}).end, Offset{20});
    EXPECT_EQ(table.run_at(Offset{30}, Offset{50}).end, Offset{50});
}

TEST(EpochTable, TakesOnlyGreaterEpochs) {
    auto table = example();
    table.assign(LeaderEpoch{6}, Offset{40});
    table.assign(LeaderEpoch{3}, Offset{40});
    table.assign(no_epoch, Offset{40});
    EXPECT_EQ(table.rows().size(), 3u);
    table.assign(LeaderEpoch{7}, Offset{40});
    EXPECT_EQ(table.rows().size(), 4u);
    table.truncate_from(Offset{30});
    EXPECT_EQ(table.rows().size(), 2u);
}

TEST(EpochTable, DropsWhatEndedBefore) {
    auto table = example();
    table.drop_before(Offset{15});
    EXPECT_EQ(table.rows(),
              (std::vector<EpochStart>{{LeaderEpoch{5}, Offset{15}}, {LeaderEpoch{6}, Offset{30}}}));
    table.drop_before(Offset{30});
    EXPECT_EQ(table.rows(), (std::vector<EpochStart>{{LeaderEpoch{6}, Offset{30}}}));
}

}  // namespace
}  // namespace weir::log
