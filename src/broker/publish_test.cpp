// What a batch must be, and who must lead, before it gets into the log; and what the log is told.
#include "broker/publish.hpp"

#include "broker/message/batch_builder.hpp"
#include "support/batch_builder.hpp"
#include "support/led_partition.hpp"

namespace weir::broker {
namespace {

constexpr std::int64_t arrival_ms = 1'000'000;

class PublishTest : public test::LedPartition {
  protected:
    struct Batch {
        std::int64_t timestamp_ms = arrival_ms;
        std::int32_t sequence = -1;
        std::string value = "v";
    };
    static log::SharedSpan make(const Batch& spec) {
        message::BatchOptions options;
        if (spec.sequence >= 0)
            options = {.producer_id = ProducerId{7}, .producer_epoch = {}, .base_sequence = spec.sequence};
        message::BatchBuilder builder{options};
        builder.add(spec.timestamp_ms, std::nullopt, as_bytes(spec.value));
        return test::shared(builder.finish());
    }
    Result<Published> send(const log::SharedSpan& batch, bool all = true, std::int64_t at_ms = arrival_ms) {
        Topic topic = *topics_.find("t");
        auto info = std::make_shared<metadata::Topic>(*topic.info);
        info->settings = std::make_shared<metadata::TopicSettings>(settings_);
        topic.info = info;
        const Partition partition{*place_, state_};
        return publish(topic, partition, batch, all, at_ms, faults_);
    }
    Errc refusal(const log::SharedSpan& batch, bool all = true) {
        const auto end = log_->end();
        const auto sent = send(batch, all);
        EXPECT_EQ(log_->end(), end) << "it was appended";
        return sent ? Errc::internal : sent.error().code;
    }

    metadata::TopicSettings settings_ = metadata::topic_settings({});
    Partition::State state_{.is_led = true};
    std::vector<message::RecordFault> faults_;
};

TEST_F(PublishTest, WhoDoesNotLeadAppendsNothing) {
    state_.is_led = false;
    EXPECT_EQ(refusal(make({})), Errc::not_leader);
}

TEST_F(PublishTest, TooFewInSyncRefuseWhatAsksForAllBeforeItIsAppended) {
    state_.takes_all = false;
    EXPECT_EQ(refusal(make({}), true), Errc::not_enough_replicas);
    EXPECT_TRUE(send(make({}), false));
}

TEST_F(PublishTest, SizesHaveTheirLimits) {
    const auto large = make({.value = std::string(5000, 'x')});
    settings_.max_message_bytes = 4000;
    EXPECT_EQ(refusal(large), Errc::record_too_large);
    settings_.max_message_bytes = 6000;
    settings_.segment_bytes = 4000;
    EXPECT_EQ(refusal(large), Errc::batch_too_large);
}

TEST_F(PublishTest, TimesAreBoundedUnlessTheBrokerSetsThem) {
    settings_.timestamp_before_max_ms = settings_.timestamp_after_max_ms = 100;
    EXPECT_EQ(refusal(make({.timestamp_ms = arrival_ms + 101})), Errc::invalid_timestamp);
    EXPECT_EQ(refusal(make({.timestamp_ms = arrival_ms - 101})), Errc::invalid_timestamp);
    EXPECT_EQ(send(make({.timestamp_ms = arrival_ms + 100})).value().log_append_time_ms, -1);
    EXPECT_TRUE(send(make({.timestamp_ms = -1}))) << "there is none";
    settings_.is_append_time = true;
    const auto batch = make({.timestamp_ms = arrival_ms + 101});
    EXPECT_EQ(send(batch).value().log_append_time_ms, arrival_ms);
    EXPECT_TRUE(log::validate(batch.bytes));
    EXPECT_EQ(log::BatchView{batch.bytes.data()}.max_timestamp(), arrival_ms);
}

TEST_F(PublishTest, AProducerCannotSetTheBrokersTime) {
    settings_.is_append_time = true;
    const auto batch = make({});
    log::set_log_append_time(batch.bytes, arrival_ms);
    EXPECT_EQ(refusal(batch), Errc::invalid_timestamp);
    settings_.is_append_time = false;
    settings_.timestamp_after_max_ms = 100;
    log::set_max_timestamp(batch.bytes, arrival_ms + 101);
    EXPECT_EQ(refusal(batch), Errc::invalid_timestamp);
    log::set_max_timestamp(batch.bytes, arrival_ms + 100);
    EXPECT_TRUE(send(batch));
}

TEST_F(PublishTest, ARepeatIsToldWhenItsFirstWasAppended) {
    settings_.is_append_time = true;
    const auto first = send(make({.sequence = 0}), true, arrival_ms).value();
    EXPECT_EQ(send(make({.sequence = 1}), true, arrival_ms + 1).value().log_append_time_ms, arrival_ms + 1);
    const auto again = send(make({.sequence = 0}), true, arrival_ms + 2).value();
    EXPECT_TRUE(again.appended.duplicate);
    EXPECT_EQ(again.appended.base_offset, first.appended.base_offset);
    EXPECT_EQ(again.log_append_time_ms, arrival_ms);
    settings_.is_append_time = false;
    EXPECT_EQ(send(make({.sequence = 1}), true, arrival_ms + 3).value().log_append_time_ms, -1);
}

TEST_F(PublishTest, ABatchsLargestTimeIsThatOfItsRecords) {
    const auto batch = make({});
    log::set_max_timestamp(batch.bytes, arrival_ms + 5);
    ASSERT_TRUE(send(batch));
    EXPECT_EQ(log::BatchView{batch.bytes.data()}.max_timestamp(), arrival_ms);
    EXPECT_TRUE(log::validate(batch.bytes));
}

}  // namespace
}  // namespace weir::broker
