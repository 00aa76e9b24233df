// A snapshot and the log's tail make the same state as the whole log, wherever it is cut; and refusals.
#include <gtest/gtest.h>

#include "base/crc32c.hpp"
#include "base/random.hpp"
#include "broker/queue/queue_machine.hpp"
#include "support/golden.hpp"

namespace weir::queue {
namespace {

constexpr std::int64_t start_ms = 1'700'000'000'000;

QueueConfig config_of(std::uint64_t id) {
    if (id % 4 == 1) return {.max_priority = 5, .dedup_window_ms = 1'000};
    if (id % 4 == 2) return {.retention_ms = 500};
    if (id == 7) return {.key_ordered = true, .source_topic = Uuid{}};
    if (id % 4 == 3) return {.message_ttl_ms = 500, .key_ordered = true};
    return {};
}

// Records that change what is there and what is not.
class AnyRecords {
  public:
    explicit AnyRecords(std::uint64_t seed) : random_(seed) {}

    QueueRecord next(std::int64_t position) {
        switch (below(17)) {
            case 16: return feed();
            case 0: return DeclareRecord{queue(), "q", config_of(below(8))};
            case 1: return below(10) == 0 ? QueueRecord(DeleteRecord{queue()}) : publish(position);
            case 2: return ReleaseRecord{queue(), sequence(), static_cast<std::uint32_t>(below(5)), -1};
            case 3: return DeliveredRecord{queue(), sequence()};
            case 4: return TrimRecord{queue(), sequence()};
            case 5: return FireRecord{any_position(position)};
            case 6: return CancelRecord{any_position(position)};
            case 7: return refer(position);
            case 8:
            case 9:
            case 10:
            case 11: return AcknowledgeRecord{queue(), Reason::consumed, {{sequence(), 1 + below(100)}}};
            default: return publish(position);
        }
    }

  private:
    std::uint64_t below(std::uint64_t n) { return random_.next() % n; }
    QueueId queue() { return QueueId{below(6)}; }
    Sequence sequence() {
        return Sequence(below(4) == 0 ? static_cast<std::uint8_t>(below(5)) : std::uint8_t{0}, below(600));
    }
    Offset any_position(std::int64_t before) {
        return Offset{static_cast<std::int64_t>(below(static_cast<std::uint64_t>(before)))};
    }
    Targets targets() {
        Targets all;
        for (std::uint64_t id = 0; id < 6; ++id) {
            if (below(2) == 0) all.push_back({QueueId{id}});
        }
        return all;
    }
    QueueRecord feed() {
        FeedRecord record{.queue = queue(), .partition = PartitionId{static_cast<std::int32_t>(below(3))}};
        for (auto left = below(20); left > 0; --left) {
            const auto offset = record.next + static_cast<std::int64_t>(below(3));
            record.messages.push_back({offset, below(100), below(4)});
            record.next = offset + 1;
        }
        return record;
    }
    QueueRecord publish(std::int64_t position) {
        PublishRecord record{.targets = targets(), .priority = static_cast<std::uint8_t>(below(6))};
        if (below(10) == 0) record.deliver_at_ms = start_ms + position + 100;
        if (below(3) == 0) record.message_id = std::to_string(below(100));
        if (below(3) == 0) record.group = below(5);
        if (below(5) == 0) record.ttl_ms = static_cast<std::int64_t>(below(1'000));
        return record;
    }
    QueueRecord refer(std::int64_t position) {
        return ReferRecord{.content = any_position(position),
                           .content_bytes = below(1'000),
                           .source = Source{queue(), sequence()},
                           .targets = targets()};
    }
    SeededRandom random_;
};

TEST(QueueSnapshot, WithTheTailMakesTheStateOfTheWholeLog) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        AnyRecords records(seed);
        SeededRandom random(seed);
        QueueMachine whole, other;
        std::unique_ptr<QueueMachine> resumed = std::make_unique<QueueMachine>();
        for (std::int64_t position = 1; position < 3'000; ++position) {
            const auto record = records.next(position);
            const auto bytes = random.next() % 500;
            const Bytes key = encode(record);
            for (auto* machine : {&whole, &other, resumed.get()}) {
                ASSERT_TRUE(machine->apply({Offset{position}, start_ms + position, key, bytes}));
            }
            if (random.next() % 50 != 0) continue;
            const Bytes snapshot = whole.snapshot();
            ASSERT_EQ(snapshot, other.snapshot()) << "seed " << seed << " position " << position;
            ASSERT_EQ(snapshot, resumed->snapshot()) << "seed " << seed << " position " << position;
            ASSERT_EQ(whole.log_use(), resumed->log_use()) << "seed " << seed << " position " << position;
            resumed = std::make_unique<QueueMachine>();
            ASSERT_TRUE(resumed->load(snapshot));
        }
    }
}

Bytes small_snapshot() {
    QueueMachine machine;
    machine.apply(DeclareRecord{QueueId{5}, "orders", {.max_length = 10}}, Offset{0}, 1'000, 0);
    machine.apply(PublishRecord{.targets = {{QueueId{5}}}, .ttl_ms = 60}, Offset{1}, 1'000, 7);
    machine.apply(PublishRecord{.targets = {{QueueId{5}}}}, Offset{2}, 1'001, 8);
    machine.apply(PublishRecord{.targets = {{QueueId{5}}}}, Offset{3}, 1'002, 9);
    machine.apply(AcknowledgeRecord{QueueId{5}, Reason::consumed, {{Sequence{1}, 1}}}, Offset{4}, 1'003, 0);
    machine.apply(ReleaseRecord{QueueId{5}, Sequence{0}, 2, 2'000}, Offset{5}, 1'004, 0);
    machine.apply(PublishRecord{.targets = {{QueueId{5}}}, .deliver_at_ms = 9'000}, Offset{6}, 1'005, 4);
    return machine.snapshot();
}

TEST(QueueSnapshot, HasItsGoldenBytes) {
    EXPECT_EQ(test::to_hex(small_snapshot()), test::to_hex(test::golden("queue/snapshot")));
}

TEST(QueueSnapshot, RefusesWhatIsDamaged) {
    Bytes snapshot = small_snapshot();
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
        Bytes damaged = snapshot;
        damaged[i] ^= 0x10;
        QueueMachine machine;
        EXPECT_FALSE(machine.load(damaged)) << "byte " << i;
    }
    QueueMachine machine;
    EXPECT_FALSE(machine.load({}));
}

TEST(QueueSnapshot, RefusesWhatWasNeverWhole) {
    const Bytes snapshot = small_snapshot();
    for (std::size_t size = 8; size < snapshot.size(); ++size) {
        Bytes cut(snapshot.begin(), snapshot.begin() + static_cast<std::ptrdiff_t>(size));
        store_little(cut.data() + 4, crc32c(ByteView(cut).subspan(8)));
        QueueMachine machine;
        EXPECT_FALSE(machine.load(cut)) << size << " bytes";
    }
}

}  // namespace
}  // namespace weir::queue
