// Messages of doors on their way into topics: batches, partitions, answers.
#include "broker/topic_writer.hpp"

#include "support/lone_broker.hpp"

namespace weir::broker {
namespace {

using Batches = std::vector<std::vector<std::string>>;

class TopicWriterTest : public test::LoneBroker {
  protected:
    ~TopicWriterTest() override {
        if (writer_) on_reactor([this] { writer_.reset(); });
    }
    static message::Record record(const std::string& value, const std::string& key = "") {
        message::Record out{
            .timestamp_ms = 1, .key = {}, .value = Bytes{value.begin(), value.end()}, .headers = {}};
        if (!key.empty()) out.key = Bytes{key.begin(), key.end()};
        return out;
    }
    // Adds them all in one turn; each one's outcome, once they have all come.
    std::vector<Result<void>> write(const std::shared_ptr<const Topic>& topic,
                                    const std::vector<message::Record>& records, bool goes_at_once = false) {
        std::vector<std::promise<Result<void>>> promises(records.size());
        on_reactor([&] {
            if (!writer_) writer_ = std::make_unique<TopicWriter>(*broker_, pool_->at(0));
            for (std::size_t i = 0; i < records.size(); ++i) {
                writer_->add(topic, records[i], [&promise = promises[i]](const Result<void>& result) {
                    promise.set_value(result);
                });
            }
            if (goes_at_once) writer_.reset();
        });
        std::vector<Result<void>> out;
        for (auto& promise : promises) out.push_back(promise.get_future().get());
        return out;
    }
    static bool are_good(const std::vector<Result<void>>& results) {
        return std::ranges::all_of(results, [](const auto& one) { return one.has_value(); });
    }

    std::unique_ptr<TopicWriter> writer_;  // of the reactor
};

TEST_F(TopicWriterTest, WhatComesInOneTurnIsOneBatch) {
    const auto topic = create("t", 1);
    EXPECT_TRUE(are_good(write(topic, {record("a"), record("b"), record("c")})));
    EXPECT_TRUE(are_good(write(topic, {record("d")})));
    EXPECT_EQ(batches(*topic, 0), (Batches{{"a", "b", "c"}, {"d"}}));
}

TEST_F(TopicWriterTest, AKeysPartitionIsThatOfKafkasClients) {
    const auto topic = create("t", 5);
    std::vector<message::Record> records;
    for (int i = 0; i < 50; ++i) records.push_back(record(std::to_string(i), "key-" + std::to_string(i)));
    EXPECT_TRUE(are_good(write(topic, records)));
    std::size_t found = 0;
    for (std::int32_t partition = 0; partition < 5; ++partition) {
        for (const auto& batch : batches(*topic, partition)) {
            for (const auto& value : batch) {
                EXPECT_EQ(message::partition_of(as_bytes("key-" + value), 5), partition) << value;
                ++found;
            }
        }
    }
    EXPECT_EQ(found, records.size());
}

TEST_F(TopicWriterTest, WithoutKeysEachTurnsRecordsGoToTheNextPartition) {
    const auto topic = create("t", 3);
    for (const auto* value : {"a", "b", "c", "d"})
        EXPECT_TRUE(are_good(write(topic, {record(value), record(value)})));
    std::vector<std::size_t> counts;
    for (std::int32_t partition = 0; partition < 3; ++partition)
        counts.push_back(batches(*topic, partition).size());
    std::ranges::sort(counts);
    EXPECT_EQ(counts, (std::vector<std::size_t>{1, 1, 2}));
}

TEST_F(TopicWriterTest, ABatchIsNoLargerThanItsTopicTakes) {
    const auto topic = create("t", 1, {{"max.message.bytes", "1000"}});
    std::vector<message::Record> records;
    for (int i = 0; i < 10; ++i) records.push_back(record(std::string(300, 'x')));
    EXPECT_TRUE(are_good(write(topic, records)));
    EXPECT_GT(batches(*topic, 0).size(), 3u);
    const auto results = write(topic, {record("small"), record(std::string(2000, 'x')), record("other")});
    EXPECT_TRUE(results[0]);
    ASSERT_FALSE(results[1]);
    EXPECT_EQ(results[1].error().code, Errc::record_too_large);
    EXPECT_TRUE(results[2]);
}

TEST_F(TopicWriterTest, WhatWasAddedIsWrittenAlsoIfTheWriterGoes) {
    const auto topic = create("t", 1);
    EXPECT_TRUE(are_good(write(topic, {record("a"), record("b")}, true)));
    EXPECT_EQ(batches(*topic, 0), (Batches{{"a", "b"}}));
}

}  // namespace
}  // namespace weir::broker
