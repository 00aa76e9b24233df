// Who may read a partition: by the leader epoch that a client believes in, and by who leads.
#include "protocols/kafka/partition_lookup.hpp"

#include "protocols/kafka/error_mapping.hpp"
#include "support/led_partition.hpp"

namespace weir::kafka {
namespace {

class PartitionLookupTest : public test::LedPartition {
  protected:
    ErrorCode led(std::int32_t epoch, std::int32_t partition = 0) const {
        const auto topic = topics_.find("t");
        const auto log = find_led_partition(topic.get(), PartitionId{partition}, LeaderEpoch{epoch});
        return log ? ErrorCode::none : error_code(log.error().code);
    }
    ErrorCode readable() const {
        const auto log = find_readable_partition(topics_.find("t").get(), PartitionId{0}, no_epoch, true);
        return log ? ErrorCode::none : error_code(log.error().code);
    }
    void follow(bool is_in_sync) {
        auto topic = std::make_shared<broker::Topic>(*topics_.find("t"));
        topic->partitions[0] = std::make_shared<broker::Partition>(
            *place_, broker::Partition::State{.leader_epoch = LeaderEpoch{3}, .is_in_sync = is_in_sync});
        topics_.put(topic);
    }
};

TEST_F(PartitionLookupTest, AnOlderEpochIsFencedANewerOneUnknownAndNoneIsNotLookedAt) {
    lead(true, LeaderEpoch{3});
    EXPECT_EQ(led(2), ErrorCode::fenced_leader_epoch);
    EXPECT_EQ(led(3), ErrorCode::none);
    EXPECT_EQ(led(4), ErrorCode::unknown_leader_epoch);
    EXPECT_EQ(led(-1), ErrorCode::none);
    EXPECT_EQ(led(3, 1), ErrorCode::unknown_topic_or_partition);
}

TEST_F(PartitionLookupTest, AFollowerLeadsNothingAndIsReadWhereItIsInSync) {
    follow(true);
    EXPECT_EQ(led(3), ErrorCode::not_leader_or_follower);
    EXPECT_EQ(readable(), ErrorCode::none);
    follow(false);
    EXPECT_EQ(readable(), ErrorCode::not_leader_or_follower);
}

TEST_F(PartitionLookupTest, ANewLeaderTellsWhereTheLogEndsOnceItKnows) {
    lead(true, LeaderEpoch{1});
    const auto tells = [&] { return may_tell_end(*topics_.find("t"), PartitionId{0}, *log_); };
    EXPECT_TRUE(tells()) << "there is no other replica";
    log_->limit_readers(Offset{0});
    log_->set_telling_epoch(LeaderEpoch{0});
    EXPECT_FALSE(tells());
    log_->set_telling_epoch(LeaderEpoch{1});
    EXPECT_TRUE(tells());
}

TEST_F(PartitionLookupTest, ATopicThatIsNotThereHasNoPartitions) {
    EXPECT_EQ(find_led_partition(nullptr, PartitionId{0}, no_epoch).error().code, Errc::not_found);
}

}  // namespace
}  // namespace weir::kafka
