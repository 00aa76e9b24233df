// The follower's rules: when to fetch, where to cut, how far the high watermark reaches.
#include "replication/follower_state.hpp"

#include <gtest/gtest.h>

#include "log/batch_format.hpp"
#include "support/batch_builder.hpp"

namespace weir::replication {
namespace {

using Kind = FollowerStep::Kind;

class FollowerStateTest : public ::testing::Test {
  protected:
    FollowerStep answer(FetchedReply reply) {
        reply.leader_epoch = LeaderEpoch{5};
        return follower_.on_reply(*follower_.next_fetch({}, log_), reply, log_,
                                  [&](LeaderEpoch) { return own_; });
    }
    FollowerStep diverging(std::int32_t epoch, std::int64_t end) {
        return answer({.diverging = log::EpochEnd{LeaderEpoch{epoch}, Offset{end}}});
    }

    LocalLog log_{Offset{0}, Offset{20}, Offset{20}, LeaderEpoch{4}};
    std::optional<log::EpochEnd> own_;
    FollowerState follower_{LeaderEpoch{5}, Offset{8}};
};

TEST_F(FollowerStateTest, FetchesFromWhereItsLogIsDurable) {
    const auto fetch = follower_.next_fetch({}, log_);
    ASSERT_TRUE(fetch);
    EXPECT_EQ(fetch->fetch_offset, Offset{20});
    EXPECT_EQ(fetch->last_fetched_epoch, LeaderEpoch{4});
    EXPECT_EQ(fetch->leader_epoch, LeaderEpoch{5});
    log_.end = Offset{25};
    EXPECT_FALSE(follower_.next_fetch({}, log_));
}

TEST_F(FollowerStateTest, TheHighWatermarkCoversWhatIsDurableAndCompared) {
    auto batch = test::make_batch({.records = 5});
    log::set_base_offset(batch, Offset{20});
    log::set_leader_epoch(batch, LeaderEpoch{5});
    FetchedReply reply{.high_watermark = Offset{30},
                       .log_end = Offset{40},
                       .batches_epoch = LeaderEpoch{4},
                       .batches = test::shared(batch)};
    EXPECT_EQ(answer(reply).kind, Kind::wait);  // the leader's log has something else there
    reply.batches_epoch = LeaderEpoch{5};
    EXPECT_EQ(answer(reply).kind, Kind::append);
    EXPECT_EQ(follower_.high_watermark(), Offset{20});
    log_.end = Offset{25};
    EXPECT_TRUE(follower_.advance(Offset{25}));
    EXPECT_EQ(follower_.high_watermark(), Offset{25});
    EXPECT_FALSE(follower_.advance(Offset{28}));  // not of this leader, as far as is known
    EXPECT_FALSE(follower_.advance(Offset{10}));
}

TEST_F(FollowerStateTest, CutsWhereTheEpochsPart) {
    own_ = log::EpochEnd{LeaderEpoch{3}, Offset{15}};
    auto step = diverging(3, 12);  // the leader has less of epoch 3
    EXPECT_EQ(step.kind, Kind::truncate);
    EXPECT_EQ(step.offset, Offset{12});
    step = diverging(3, 18);  // the follower has less of it
    EXPECT_EQ(step.offset, Offset{15});
    EXPECT_FALSE(step.cuts_committed);
    step = diverging(3, 7);
    EXPECT_TRUE(step.cuts_committed);
    follower_.on_cut(Offset{7});
    EXPECT_EQ(follower_.high_watermark(), Offset{7});
    own_.reset();  // nothing so old here: all goes
    EXPECT_EQ(diverging(3, 18).offset, Offset{0});
    step = diverging(-1, 40);
    EXPECT_EQ(step.kind, Kind::reset);
    EXPECT_EQ(step.offset, Offset{40});
    own_ = log::EpochEnd{LeaderEpoch{4}, Offset{20}};
    EXPECT_EQ(diverging(4, 50).kind, Kind::wait);  // makes no sense
}

TEST_F(FollowerStateTest, ALogOutOfRangeIsMadeToFit) {
    auto step =
        answer({.error = FetchError::offset_out_of_range, .log_start = Offset{50}, .log_end = Offset{60}});
    EXPECT_EQ(step.kind, Kind::reset);
    EXPECT_EQ(step.offset, Offset{50});
    step = answer({.error = FetchError::offset_out_of_range, .log_start = Offset{0}, .log_end = Offset{11}});
    EXPECT_EQ(step.kind, Kind::truncate);
    EXPECT_EQ(step.offset, Offset{11});
    step = answer({.error = FetchError::offset_out_of_range, .log_start = Offset{0}, .log_end = Offset{20}});
    EXPECT_EQ(step.kind, Kind::wait);
}

TEST_F(FollowerStateTest, AnswersOfOtherTimesAreIgnored) {
    const auto asked = *follower_.next_fetch({}, log_);
    FetchedReply reply{.leader_epoch = LeaderEpoch{5}, .high_watermark = Offset{20}};
    const auto none = [](LeaderEpoch) { return std::optional<log::EpochEnd>{}; };
    auto other = asked;
    other.leader_epoch = LeaderEpoch{4};
    EXPECT_EQ(follower_.on_reply(other, reply, log_, none).kind, Kind::ignore);
    auto grown = log_;
    grown.end = Offset{22};
    EXPECT_EQ(follower_.on_reply(asked, reply, grown, none).kind, Kind::ignore);
    reply.leader_epoch = LeaderEpoch{6};
    EXPECT_EQ(follower_.on_reply(asked, reply, log_, none).kind, Kind::wait);
    EXPECT_EQ(follower_.high_watermark(), Offset{8});
    reply = {.error = FetchError::not_leader, .leader_epoch = LeaderEpoch{5}};
    EXPECT_EQ(follower_.on_reply(asked, reply, log_, none).kind, Kind::wait);
}

}  // namespace
}  // namespace weir::replication
