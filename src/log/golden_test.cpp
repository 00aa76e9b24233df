// The log's files are, byte for byte, those of docs/formats: journal, checkpoint and index.
#include <gtest/gtest.h>

#include "log/checkpoint.hpp"
#include "log/damage.hpp"
#include "log/journal_writer.hpp"
#include "log/layout.hpp"
#include "log/set_aside.hpp"
#include "support/batch_builder.hpp"
#include "support/faulty_file_system.hpp"
#include "support/golden.hpp"

namespace weir::log {
namespace {

constexpr std::uint64_t file_bytes = 1 << 20;
const Uuid store = *Uuid::parse("ASNFZ4mrze8BI0VniavN7w");
const Uuid orders = *Uuid::parse("ABEiM0RVZneImaq7zN3u_w");
const LogKey key{orders, PartitionId{7}};

// The golden journal's rounds, as they are read and as they are to be written.
struct Entry {
    EntryType type;
    std::uint8_t flags;
    std::int64_t offset;
    Bytes data;

    bool operator==(const Entry&) const = default;
};
using Round = std::vector<Entry>;

Bytes description(Durability durability) {
    Bytes bytes;
    put_description(bytes, {"orders", durability});
    return bytes;
}

Bytes batch(std::int64_t offset, std::int32_t records) {
    auto bytes = test::make_batch({.records = records,
                                   .bytes = 0,
                                   .producer = ProducerId{77},
                                   .epoch = ProducerEpoch{3},
                                   .sequence = 0});
    set_base_offset(bytes, Offset{offset});
    set_leader_epoch(bytes, LeaderEpoch{5});
    return bytes;
}

std::vector<Round> rounds() {
    return {{{EntryType::description, 0, 0, description(Durability::journal)},
             {EntryType::batch, JournalEntry::new_segment, 40, batch(40, 2)}},
            {{EntryType::batch, JournalEntry::after_unlogged, 42, batch(42, 3)},
             {EntryType::start, 0, 41, {}},
             {EntryType::description, 0, 0, description(Durability::page_cache)}},
            {{EntryType::removal, 0, 0, {}}}};
}

// The rounds of a journal file one after the other, without what fills them up, which must be zeros.
Bytes without_filling(ByteView file) {
    Bytes out;
    for (std::size_t at = 0; const auto header = decode_round_header(file.subspan(at));) {
        const auto round = file.subspan(at, header->size());
        const auto held = round.first(round_header_size + header->payload_bytes);
        out.insert(out.end(), held.begin(), held.end());
        EXPECT_TRUE(std::ranges::all_of(round.subspan(held.size()), [](auto byte) { return byte == 0; }));
        at += header->size();
    }
    return out;
}

Bytes with_filling(ByteView rounds) {
    Bytes out;
    while (const auto header = decode_round_header(rounds)) {
        const auto held = round_header_size + header->payload_bytes;
        out.insert(out.end(), rounds.begin(), rounds.begin() + static_cast<std::ptrdiff_t>(held));
        out.resize(out.size() + header->size() - held);
        rounds = rounds.subspan(held);
    }
    EXPECT_TRUE(rounds.empty());
    return out;
}

TEST(GoldenBytes, OfTheJournalAreWritten) {
    test::FaultyFileSystem files;
    ASSERT_TRUE(files.make_directories("journal"));
    const auto path = "journal/" + journal_name(1);
    JournalSpace space{{.directory = "journal", .file_bytes = file_bytes}, files, {1}, 1};
    JournalWriter writer{space, store, {}, files.open(path, runtime::OpenMode::create).value(), true};
    auto time_ms = 1'700'000'000'000;
    for (const auto& round : rounds()) {
        writer.begin(++time_ms);
        for (const auto& entry : round)
            writer.add({entry.type, entry.flags, key, Offset{entry.offset}, entry.data});
        ASSERT_TRUE(writer.write());
        writer.sync();
    }
    const auto written = runtime::read_file(files, path, file_bytes).value();
    EXPECT_EQ(test::to_hex(without_filling(written)), test::to_hex(test::golden("log/journal")));
}

TEST(GoldenBytes, OfTheJournalAreRead) {
    test::FaultyFileSystem files;
    const auto content = with_filling(test::golden("log/journal"));
    ASSERT_TRUE(files.open(journal_name(1), runtime::OpenMode::create).value()->write(0, content));
    JournalReader reader{files, ".", store, {}};
    std::vector<Round> read;
    for (auto round = reader.next().value(); round; round = reader.next().value()) {
        EXPECT_EQ(round->header.time_ms,
                  1'700'000'000'000 + static_cast<std::int64_t>(round->header.sequence));
        EXPECT_EQ(round->header.durable_sequence, round->header.sequence - 1);
        auto& entries = read.emplace_back();
        EXPECT_TRUE(
            for_each_entry(round->header, round->payload, [&](const JournalEntry& entry) -> Result<void> {
                EXPECT_EQ(entry.key, key);
                entries.push_back(
                    {entry.type, entry.flags, entry.offset.value, {entry.data.begin(), entry.data.end()}});
                return {};
            }));
    }
    EXPECT_TRUE(read == rounds());
    EXPECT_EQ(reader.position().position, content.size());
}

LogState full_log() {
    LogState log{.key = key, .label = "orders", .start = Offset{12}, .end = Offset{45}, .applied = 1233};
    log.segments = {{Offset{0}, Offset{40}, 5000, 1500, 1000}, {Offset{40}, Offset{45}, 640, 2000, 1700}};
    log.epochs = {{LeaderEpoch{4}, Offset{12}}, {LeaderEpoch{5}, Offset{40}}};
    log.producers = {
        {ProducerId{77},
         {{Offset{38}, 1600, INT32_MAX, 0, ProducerEpoch{3}}, {Offset{40}, 1700, 1, 2, ProducerEpoch{3}}}}};
    return log;
}

TEST(GoldenBytes, OfTheCheckpoint) {
    const LogState empty{.key = {orders, PartitionId{8}}, .durability = Durability::page_cache};
    const Checkpoint checkpoint{
        .store = store,
        .journal = {.file = 9, .position = 8192, .sequence = 1234, .previous = 0xcafef00d},
        .logs = {full_log(), empty},
        .removed = {{{orders, PartitionId{3}}, 1200}}};
    const auto golden = test::golden("log/checkpoint");
    EXPECT_EQ(test::to_hex(encode_checkpoint(checkpoint)), test::to_hex(golden));
    const auto read = decode_checkpoint(golden).value();
    EXPECT_EQ(read.journal, checkpoint.journal);
    EXPECT_EQ(read.logs.at(0).segments, checkpoint.logs[0].segments);
    EXPECT_EQ(read.logs.at(0).producers.at(0).batches, checkpoint.logs[0].producers[0].batches);
    EXPECT_EQ(test::to_hex(encode_checkpoint(read)), test::to_hex(golden));
}

TEST(GoldenBytes, OfADamageFile) {
    const Damage damage{.first = Offset{40}, .until = Offset{45}, .what = "a bit"};
    const auto golden = test::golden("log/damage");
    EXPECT_EQ(test::to_hex(encode_damage(damage)), test::to_hex(golden));
    EXPECT_EQ(decode_damage(golden), damage);
    for (std::size_t size = 0; size < golden.size(); ++size)  // it is damage all the same
        EXPECT_EQ(decode_damage(ByteView{golden}.first(size)).until, Offset{INT64_MAX});
}

TEST(GoldenBytes, OfALossFile) {
    const StoreLoss loss{.store = store, .number = 2, .what = "a bit", .is_over = true};
    const auto golden = test::golden("log/loss");
    EXPECT_EQ(test::to_hex(encode_loss(loss)), test::to_hex(golden));
    EXPECT_EQ(decode_loss(golden).value(), loss);
}

TEST(GoldenBytes, OfAnIndexFile) {
    const Offset base{(std::int64_t{5} << 32) + 7};
    SegmentIndex index{base};
    index.add({.base = base, .next = base + 10, .position = 0, .size = 70'000, .max_timestamp_ms = 1000});
    index.add(
        {.base = base + 10, .next = base + 12, .position = 70'000, .size = 70'000, .max_timestamp_ms = 900});
    index.add(
        {.base = base + 12, .next = base + 13, .position = 140'000, .size = 100, .max_timestamp_ms = 1500});
    const auto golden = test::golden("log/index");
    const auto unsaved = index.unsaved();
    EXPECT_EQ(unsaved.file_position, 0u);
    EXPECT_EQ(test::to_hex(unsaved.bytes), test::to_hex(golden));
    const auto read = SegmentIndex::decode(golden, base, 140'100);
    EXPECT_EQ(read.saved_bytes(), golden.size());
    EXPECT_EQ(read.end(), (IndexPoint{base + 13, 140'100, 1500}));
    EXPECT_EQ(read.floor(base + 11), (IndexPoint{base + 10, 70'000, 1000}));
}

}  // namespace
}  // namespace weir::log
