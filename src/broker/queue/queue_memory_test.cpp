// What queues and messages take in memory, as the allocator counts it.
#include <gtest/gtest.h>
#include <malloc.h>

#include "broker/queue/queue_machine.hpp"

namespace weir::queue {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEIR_OTHER_ALLOCATOR
#endif
#endif

std::size_t allocated() {
    return ::mallinfo2().uordblks;
}

class QueueMemory : public ::testing::Test {
  protected:
    void SetUp() override {
#ifdef WEIR_OTHER_ALLOCATOR
        GTEST_SKIP() << "the sanitizer's allocator counts nothing";
#endif
    }
    void apply(const QueueRecord& record, std::uint64_t content_bytes = 0) {
        machine_->apply(record, Offset{position_++}, 1'700'000'000'000, content_bytes);
    }
    void declare(std::uint64_t queues) {
        for (std::uint64_t id = 0; id < queues; ++id) {
            apply(DeclareRecord{QueueId{id}, "tenant-" + std::to_string(id) + ".orders", {}});
        }
    }
    std::size_t grown(std::size_t count) { return (allocated() - before_) / count; }

    const std::size_t before_ = allocated();
    std::unique_ptr<QueueMachine> machine_ = std::make_unique<QueueMachine>();
    std::int64_t position_ = 0;
};

TEST_F(QueueMemory, OfAnIdleQueue) {
    constexpr std::size_t count = 100'000;
    declare(count);
    machine_->start(1'700'000'000'000);
    const auto bytes = grown(count);
    RecordProperty("bytes", static_cast<int>(bytes));
    std::printf("an idle queue takes %zu bytes\n", bytes);
    EXPECT_LE(bytes, 400u);
}

TEST_F(QueueMemory, OfAQueueThatWasBusyAndIsIdleAgain) {
    constexpr std::size_t count = 10'000;
    declare(count);
    machine_->start(1'700'000'000'000);
    const auto idle = grown(count);
    for (std::uint64_t id = 0; id < count; ++id) {
        for (std::uint64_t i = 0; i < 100; ++i) apply(PublishRecord{.targets = {{QueueId{id}}}}, 100);
        Effects effects;
        machine_->committed(Offset{position_}, effects);
        apply(AcknowledgeRecord{QueueId{id}, Reason::consumed, {{Sequence{0}, 100}}});
        machine_->dispatch(1'700'000'000'000, effects);
    }
    std::printf("idle %zu bytes, and after work %zu bytes\n", idle, grown(count));
    EXPECT_LE(grown(count), idle + 32);
}

TEST_F(QueueMemory, OfAQueuedMessage) {
    constexpr std::size_t count = 2'000'000;
    declare(1);
    for (std::size_t i = 0; i < count; ++i) {
        apply(PublishRecord{.targets = {{QueueId{0}}}}, 80 + i % 50);
        if (i % 10 == 9) ++position_;  // other records between
    }
    std::printf("a queued message takes %zu.%02zu bytes\n", grown(count), grown(count / 100) % 100);
    EXPECT_LE(grown(count), 6u);
}

TEST_F(QueueMemory, OfADelayedMessage) {
    constexpr std::size_t count = 1'000'000;
    declare(1);
    machine_->start(1'700'000'000'000);
    for (std::size_t i = 0; i < count; ++i) {
        const auto due_ms = 1'700'000'000'000 + static_cast<std::int64_t>(i * 7919 % 100'000'000) + 1;
        apply(PublishRecord{.targets = {{QueueId{0}}}, .deliver_at_ms = due_ms}, 100);
    }
    std::printf("a delayed message takes %zu bytes\n", grown(count));
    EXPECT_LE(grown(count), 100u);
}

}  // namespace
}  // namespace weir::queue
