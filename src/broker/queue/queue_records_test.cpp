// The records' bytes: golden ones, round trips, and refusals.
#include "broker/queue/queue_records.hpp"

#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace weir::queue {
namespace {

QueueConfig full_config() {
    return {.message_ttl_ms = 60'000,
            .expires_ms = 3'600'000,
            .max_length = 1'000,
            .max_bytes = 1 << 20,
            .overflow = Overflow::reject_and_dead_letter,
            .delivery_limit = 20,
            .counts_deliveries = true,
            .retry_delay_ms = 100,
            .max_retry_delay_ms = 10'000,
            .max_priority = 9,
            .single_active_consumer = true,
            .auto_delete = true,
            .dedup_window_ms = 5'000,
            .retention_ms = 86'400'000,
            .retention_bytes = 0,
            .dead_letter_target = "dlx",
            .definition = {1, 2, 3}};
}

Uuid topic_id() {
    Uuid id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i);
    return id;
}

std::vector<std::pair<std::string, QueueRecord>> examples() {
    const QueueId queue{300};
    return {
        {"publish", PublishRecord{.targets = {{QueueId{1}}, {QueueId{2}, true}, {QueueId{1'000}}},
                                  .ttl_ms = 60'000,
                                  .deliver_at_ms = 1'700'000'000'000,
                                  .priority = 5,
                                  .group = 77,
                                  .message_id = "m-1"}},
        {"publish_plain", PublishRecord{.targets = {{queue}}}},
        {"refer", ReferRecord{.content = Offset{1'234},
                              .content_bytes = 99,
                              .source = Source{queue, Sequence(2, 5)},
                              .reason = Reason::expired,
                              .targets = {{QueueId{301}}},
                              .ttl_ms = -1,
                              .priority = 1,
                              .group = 0,
                              .history = {{.queue = "work",
                                           .reason = Reason::expired,
                                           .count = 3,
                                           .first_time_ms = 1'700'000'000'000,
                                           .exchange = "ex",
                                           .keys = {"k1", "k2"},
                                           .original_ttl_ms = 500}},
                              .exchange = "dlx",
                              .key = "dead"}},
        {"acknowledge", AcknowledgeRecord{queue, Reason::consumed, {{Sequence{10}, 5}, {Sequence{3}, 1}}}},
        {"release", ReleaseRecord{queue, Sequence{7}, 2, 1'700'000'000'000}},
        {"delivered", DeliveredRecord{queue, Sequence{1'000}}},
        {"declare", DeclareRecord{queue, "orders", full_config()}},
        {"configure", ConfigureRecord{queue, {}}},
        {"delete", DeleteRecord{queue}},
        {"fire", FireRecord{Offset{1'234}}},
        {"cancel", CancelRecord{Offset{1'234}}},
        {"trim", TrimRecord{queue, Sequence{128}}},
        {"feed",
         FeedRecord{queue, PartitionId{2}, Offset{1'010}, {{Offset{1'000}, 99, 0}, {Offset{1'009}, 5, 77}}}},
        {"declare_subscription", DeclareRecord{queue, "s", {.source_topic = topic_id()}}},
    };
}

TEST(QueueRecords, HaveTheirGoldenBytes) {
    for (const auto& [name, record] : examples()) {
        EXPECT_EQ(test::to_hex(encode(record)), test::to_hex(test::golden("queue/" + name))) << name;
    }
}

TEST(QueueRecords, ComeBackAsWritten) {
    for (const auto& [name, record] : examples()) {
        const auto again = decode(encode(record));
        ASSERT_TRUE(again) << name;
        EXPECT_EQ(*again, record) << name;
    }
}

TEST(QueueRecords, NothingIsReadBeyondOrBeforeTheEnd) {
    for (const auto& [name, record] : examples()) {
        Bytes bytes = encode(record);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(decode(ByteView(bytes).first(size))) << name << " of " << size << " bytes";
        }
        bytes.push_back(0);
        EXPECT_FALSE(decode(bytes)) << name;
    }
}

TEST(QueueRecords, LaterKindsAreRefused) {
    const auto later = decode(test::from_hex("63"));
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, Errc::unsupported);
    EXPECT_EQ(decode({}).error().code, Errc::corrupt);
}

TEST(QueueRecords, AFanOutTakesLittle) {
    PublishRecord record;
    for (std::uint64_t id = 0; id < 1'000; ++id) record.targets.push_back({QueueId{5'000 + id * 3}});
    EXPECT_LE(encode(record).size(), 1'020u);
}

}  // namespace
}  // namespace weir::queue
