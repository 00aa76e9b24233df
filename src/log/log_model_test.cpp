// Random runs of the whole store against a model: crashes, power cuts and failing disks lose nothing
// acknowledged.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <random>

#include "base/log_line.hpp"
#include "log/log_store.hpp"
#include "support/batch_builder.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"

namespace weir::log {
namespace {

using test::BatchSpec;
using test::Crash;
using test::FaultyFileSystem;
using test::ManualClock;
using test::Operation;
using test::shared_batch;

struct LogModelOptions {
    std::uint64_t seed = 1;
    int logs = 3;
    int steps = 80;
    bool faults = false;                 // failing calls and a full disk
    bool power_cuts = true;              // else kills only
    std::uint64_t stop_at = UINT64_MAX;  // the process ends at this step of the file system, once
};

// All promises are checked as they come due; a broken one is a GoogleTest failure that names the seed.
class LogModel : private CommitListener {
  public:
    explicit LogModel(const LogModelOptions& options);
    ~LogModel() override;

    void run();
    std::uint64_t io_steps() const { return files_.steps(); }

  private:
    struct Attempt {
        Offset base;
        Bytes bytes;
        Ticket ticket = 0;
    };
    struct ModelLog {
        LogKey key;
        std::map<std::int64_t, Bytes> committed;  // by base offset
        std::vector<Attempt> attempts;            // all since the last restart
        std::deque<Attempt> waiting;              // for their commit
        Offset end;                               // of what is committed
        Offset start;                             // deletes up to here are durable
        Offset asked_start;                       // and up to here are asked for
        Ticket start_ticket = 0;
        Ticket cut_ticket = 0;  // a cut is on its way, to these
        Offset cut_end, cut_start;
        bool cut_failed = false;  // as far as was told; a crash may show that it was done
        bool was_cut = false;
        bool cut_unclear = false;  // or not: it would have changed nothing but the producers
        bool removed = false;
    };
    struct Producer {
        std::int32_t next_sequence = 0;
        std::int16_t epoch = 0;
    };

    void on_commit(const Commit& commit) override;
    bool open();
    void step();
    void append(ModelLog& log);
    void commit();
    void append_as_follower(ModelLog& log);
    void cut_some(ModelLog& log);
    void apply_cut(ModelLog& log);
    Offset start_of(ModelLog& log);
    void delete_some(ModelLog& log);
    void add_fault();
    void restart();
    void crash();
    void verify(ModelLog& log, bool after_crash);
    void adopt_tail(ModelLog& log, const Bytes& content, std::size_t at);
    void verify_producers(ModelLog& log);
    void verify_reads(ModelLog& log);
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }
    std::shared_ptr<PartitionLog> log_of(ModelLog& log);

    const LogModelOptions options_;
    std::mt19937_64 random_;
    FaultyFileSystem files_;
    ManualClock clock_;
    std::vector<ModelLog> logs_;
    std::unique_ptr<LogStore> store_;
};

Bytes content_of(std::span<const FileRange> ranges) {
    Bytes all;
    for (const auto& range : ranges) {
        Bytes part(range.size);
        const auto got = range.file->read(range.position, part);
        EXPECT_TRUE(got && *got == range.size);
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

LogModel::LogModel(const LogModelOptions& options)
    : options_(options), random_(options.seed), files_(options.seed * 31 + 7) {
    for (int i = 0; i < options.logs; ++i) {
        ModelLog log;
        log.key = {Uuid::from_random(5, static_cast<std::uint64_t>(i / 2)), PartitionId{i}};
        logs_.push_back(std::move(log));
    }
    files_.stop_at(options.stop_at);
}

LogModel::~LogModel() {
    files_.stop_at(0);
    store_.reset();
}

bool LogModel::open() {
    StoreOptions options{.directory = "data",
                         .journal_file_bytes = 16 * 1024,
                         .checkpoint_bytes = 64 * 1024,
                         .reserve_bytes = 4096,
                         .max_open_files = 3,
                         .own_threads = false};
    auto opened = LogStore::open(options, files_, clock_, *this);
    if (files_.stopped()) {
        if (opened) store_ = std::move(*opened);
        return false;
    }
    EXPECT_TRUE(opened) << "seed " << options_.seed << ": " << opened.error().message;
    if (!opened) return false;
    store_ = std::move(*opened);
    return true;
}

std::shared_ptr<PartitionLog> LogModel::log_of(ModelLog& log) {
    LogConfig config;
    config.segment_bytes = 2048;
    config.retention_ms = -1;
    return store_->open_log(log.key, "topic with ü", config).value();
}

void LogModel::run() {
    if (!open()) crash();
    for (int i = 0; i < options_.steps && !::testing::Test::HasFailure(); ++i) {
        step();
        if (files_.stopped()) crash();
    }
    if (::testing::Test::HasFailure()) return;
    files_.clear_faults();
    files_.set_capacity(UINT64_MAX);
    crash();
    const auto stopped = store_->stop();
    EXPECT_TRUE(stopped) << stopped.error().message;
    store_.reset();
    if (!open()) return;
    for (auto& log : logs_) verify(log, false);
}

void LogModel::step() {
    auto& log = logs_[pick(logs_.size())];
    clock_.advance_ms(static_cast<std::int64_t>(pick(200)));
    switch (pick(24)) {
        case 0: return crash();
        case 1: return verify(log, false);
        case 2: (void)store_->checkpoint_once(); return;
        case 3: return delete_some(log);
        case 4: return store_->maintain();
        case 5: return options_.faults ? add_fault() : verify_reads(log);
        case 6:
        case 7:
        case 8:
        case 9: return commit();
        case 10: return cut_some(log);
        case 11:
        case 12:
        case 13: return append_as_follower(log);
        default: return append(log);
    }
}

void LogModel::add_fault() {
    static constexpr std::array operations{Operation::open, Operation::write, Operation::write,
                                           Operation::truncate};
    static constexpr std::array codes{Errc::io_error, Errc::no_space, Errc::too_many_open_files};
    static const std::array<std::string, 4> paths{".log", "journal", ".index", ""};
    if (pick(3) == 0) return files_.set_capacity(pick(2) == 0 ? UINT64_MAX : 30'000 + pick(150'000));
    files_.inject({.operation = operations[pick(operations.size())],
                   .path = paths[pick(paths.size())],
                   .skip = static_cast<int>(pick(3)),
                   .times = static_cast<int>(1 + pick(4)),
                   .code = codes[pick(codes.size())]});
}

void LogModel::append(ModelLog& log) {
    auto target = log_of(log);
    BatchSpec spec{.records = static_cast<std::int32_t>(1 + pick(5)),
                   .bytes = pick(10) == 0 ? pick(1500) : pick(120),
                   .seed = random_(),
                   .timestamp_ms = clock_.wall_ms()};
    const auto known = target->producers();
    if (pick(2) == 0) {
        spec.producer = ProducerId{static_cast<std::int64_t>(pick(3))};
        spec.epoch = ProducerEpoch{0};
        spec.sequence = 0;
        for (const auto& producer : known) {
            if (producer.id != spec.producer) continue;
            spec.epoch = producer.epoch;
            spec.sequence = producer.last_sequence + 1;
            if (pick(12) == 0)
                spec.epoch = ProducerEpoch{static_cast<std::int16_t>(spec.epoch.value + 1)},
                spec.sequence = 0;
        }
    }
    const auto batch = shared_batch(spec);
    const LeaderEpoch epoch{static_cast<std::int32_t>(pick(2))};
    const auto appended = target->append(batch, epoch, clock_.wall_ms());
    if (!appended && appended.error().code == Errc::not_leader) {
        EXPECT_EQ(epoch, LeaderEpoch{0});  // the log has batches of the other one
        return;
    }
    if (!appended) {
        EXPECT_TRUE(options_.faults || files_.stopped() || log.cut_ticket != 0)
            << "seed " << options_.seed << ": " << appended.error().message;
        return;
    }
    EXPECT_FALSE(appended->duplicate);
    EXPECT_EQ(log.cut_ticket, 0u);
    const Attempt attempt{appended->base_offset, Bytes{batch.bytes.begin(), batch.bytes.end()},
                          appended->ticket};
    log.attempts.push_back(attempt);
    log.waiting.push_back(attempt);
    if (spec.sequence < 0 || pick(4) != 0) return;
    const auto again = target->append(shared_batch(spec), epoch, clock_.wall_ms());
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->base_offset, attempt.base);
}

void LogModel::append_as_follower(ModelLog& log) {
    auto target = log_of(log);
    Bytes bytes;
    std::vector<Attempt> attempts;
    auto base = target->end();
    for (auto left = 1 + pick(3); left > 0; --left) {
        auto batch = test::make_batch({.records = static_cast<std::int32_t>(1 + pick(5)),
                                       .bytes = pick(200),
                                       .seed = random_(),
                                       .timestamp_ms = clock_.wall_ms()});
        set_base_offset(batch, base);
        set_leader_epoch(batch, LeaderEpoch{1});
        base = BatchView{batch.data()}.next_offset();
        bytes.insert(bytes.end(), batch.begin(), batch.end());
        attempts.push_back({BatchView{batch.data()}.base_offset(), std::move(batch)});
    }
    const auto appended = target->append_as_follower(test::shared(std::move(bytes)), clock_.wall_ms());
    if (!appended) {
        EXPECT_TRUE(options_.faults || files_.stopped() || log.cut_ticket != 0)
            << "seed " << options_.seed << ": " << appended.error().message;
        return;
    }
    EXPECT_EQ(log.cut_ticket, 0u);
    for (auto& attempt : attempts) {
        attempt.ticket = appended->ticket;
        log.attempts.push_back(attempt);
        log.waiting.push_back(std::move(attempt));
    }
}

// Anywhere, or sometimes all of it, to go on elsewhere.
void LogModel::cut_some(ModelLog& log) {
    auto target = log_of(log);
    // Whether that works decides what is left.
    if (options_.faults && (log.start_ticket != 0 || log.cut_failed)) return;
    const auto start = target->log_start();
    const auto room = static_cast<std::uint64_t>(target->end() - start);
    const bool reset = pick(8) == 0;
    const auto offset = start + static_cast<std::int64_t>(reset ? pick(2 * room + 5) : pick(room + 1));
    const auto ticket = reset ? target->reset_to(offset) : target->truncate_to(offset);
    if (!ticket) {
        EXPECT_TRUE(options_.faults || files_.stopped() || log.cut_ticket != 0 || !log.waiting.empty())
            << "seed " << options_.seed << ": " << ticket.error().message;
        return;
    }
    if (!reset && offset == target->end()) return;
    EXPECT_TRUE(log.waiting.empty());
    log.cut_ticket = *ticket;
    const auto began = std::max(log.start, start_of(log));
    const auto after = log.committed.upper_bound(offset.value);
    log.cut_end = offset;
    if (!reset && offset < log.end && after != log.committed.begin()) {
        log.cut_end = std::min(offset, Offset{std::prev(after)->first});
    }
    if (!reset && log.cut_end < began) log.cut_end = std::min(offset, began);
    log.cut_start = reset || log.cut_end <= began ? log.cut_end : Offset{-1};
}

// Where the log will begin once what is asked for is done.
Offset LogModel::start_of(ModelLog& log) {
    return log.start_ticket != 0 ? std::max(log.asked_start, log_of(log)->log_start())
                                 : log_of(log)->log_start();
}

void LogModel::apply_cut(ModelLog& log) {
    log.cut_ticket = 0;
    log.was_cut = true;
    log.cut_unclear = false;
    log.committed.erase(log.committed.lower_bound(log.cut_end.value), log.committed.end());
    log.end = log.cut_end;
    if (log.cut_start < Offset{0}) return;
    log.committed.clear();
    log.start = log.asked_start = log.cut_start;
    log.start_ticket = 0;
}

void LogModel::commit() {
    const auto before = store_->committed();
    const bool any = store_->commit_once();
    if (files_.stopped()) return;
    EXPECT_EQ(store_->committed(), before + (any ? 1 : 0));
}

void LogModel::on_commit(const Commit& commit) {
    if (files_.stopped()) return;  // nobody hears it
    for (auto& log : logs_) {
        while (!log.waiting.empty() && log.waiting.front().ticket <= commit.ticket) {
            auto attempt = std::move(log.waiting.front());
            log.waiting.pop_front();
            const bool failed = std::ranges::any_of(commit.failed, [&](const FailedAppend& failure) {
                return failure.log->key() == log.key && failure.base_offset == attempt.base;
            });
            EXPECT_TRUE(!failed || options_.faults)
                << "seed " << options_.seed << ": " << commit.failed.front().error.message;
            if (failed) continue;
            EXPECT_EQ(attempt.base, log.end) << "seed " << options_.seed;
            log.end = BatchView{attempt.bytes.data()}.next_offset();
            log.committed[attempt.base.value] = std::move(attempt.bytes);
            log.cut_failed = false;
        }
        if (log.start_ticket != 0 && log.start_ticket <= commit.ticket) {
            log.start_ticket = 0;
            if (!options_.faults) log.start = log.asked_start;
        }
        if (log.cut_ticket != 0 && log.cut_ticket <= commit.ticket) {
            const bool failed = std::ranges::any_of(
                commit.failed, [&](const FailedAppend& failure) { return failure.log->key() == log.key; });
            EXPECT_TRUE(!failed || options_.faults)
                << "seed " << options_.seed << ": " << commit.failed.front().error.message;
            log.cut_failed = failed;
            if (failed) log.cut_ticket = 0;
            if (!failed) apply_cut(log);
        }
    }
}

void LogModel::delete_some(ModelLog& log) {
    auto target = log_of(log);
    const auto start = target->log_start();
    const auto room = static_cast<std::uint64_t>(target->durable_end() - start);
    const auto offset =
        pick(6) == 0 ? target->durable_end() : start + static_cast<std::int64_t>(pick(room + 1));
    const auto ticket = target->delete_before(offset);
    if (!ticket) {
        EXPECT_TRUE(options_.faults || files_.stopped() || log.cut_ticket != 0);
        return;
    }
    log.asked_start = std::max(log.asked_start, offset);
    log.start_ticket = *ticket;
    if (*ticket <= store_->committed()) log.start_ticket = 0;
}

void LogModel::restart() {
    do {
        files_.stop_at(0);
        store_.reset();
        files_.crash(options_.power_cuts && pick(2) == 0 ? Crash::power_cut : Crash::kill);
        if (open()) break;
    } while (files_.stopped());
}

void LogModel::crash() {
    files_.set_capacity(UINT64_MAX);  // a checkpoint needs room
    restart();
    // Often it ends again before anybody has read: segments may lack what the journal has.
    for (auto way = pick(6); store_ && way < 3; way = pick(6)) {
        if (way == 0) (void)store_->checkpoint_once();
        if (way == 1) (void)store_->stop();
        restart();
    }
    if (!store_) return;  // reported
    for (auto& log : logs_) verify(log, true);
}

// Reads the whole log, compares it with what was committed; after a crash takes over what else is there.
void LogModel::verify(ModelLog& log, bool after_crash) {
    if (files_.stopped()) return;
    SCOPED_TRACE(fmt::format("seed {}, partition {}", options_.seed, log.key.partition.value));
    auto target = log_of(log);
    if (after_crash && (log.cut_ticket != 0 || log.cut_failed)) {
        // Nobody was told; it may have been done.
        const bool unclear = log.cut_end == log.end && target->durable_end() == log.end;
        const bool done = target->durable_end() == log.cut_end &&
                          (log.cut_start < Offset{0} || target->log_start() == log.cut_start);
        if (done) apply_cut(log);
        log.cut_unclear |= unclear;
        log.cut_ticket = 0;
        log.cut_failed = false;
    }
    ASSERT_GE(target->log_start(), log.start);
    ASSERT_LE(target->log_start(), log.asked_start);
    ASSERT_GE(target->durable_end(), log.end);
    if (!after_crash) ASSERT_EQ(target->durable_end(), log.end);
    Bytes content;
    auto offset = target->log_start();
    while (offset < target->durable_end()) {
        const auto ranges = target->read(offset, target->durable_end(), 1 + pick(5000));
        if (!ranges && options_.faults && !after_crash) return;
        ASSERT_TRUE(ranges) << ranges.error().message;
        const auto part = content_of(*ranges);
        ASSERT_GE(part.size(), batch_header_size);
        for (std::size_t at = 0; at < part.size(); at += BatchView{part.data() + at}.size()) {
            offset = BatchView{part.data() + at}.next_offset();
        }
        content.insert(content.end(), part.begin(), part.end());
    }
    auto expected = log.committed.upper_bound(target->log_start().value);
    if (expected != log.committed.begin()) --expected;
    if (target->log_start() >= log.end) expected = log.committed.end();
    std::size_t at = 0;
    for (; expected != log.committed.end(); ++expected) {
        ASSERT_LE(at + expected->second.size(), content.size());
        ASSERT_TRUE(
            std::ranges::equal(expected->second, ByteView{content}.subspan(at, expected->second.size())))
            << "offset " << expected->first;
        at += expected->second.size();
    }
    if (after_crash) adopt_tail(log, content, at);
    ASSERT_EQ(at == content.size() || after_crash, true);
    log.start = std::max(log.start, target->log_start());
    if (after_crash) log.asked_start = log.start, log.start_ticket = 0;
    verify_producers(log);
}

// What was never acknowledged may be there, but only as it was sent, and without gaps.
void LogModel::adopt_tail(ModelLog& log, const Bytes& content, std::size_t at) {
    while (at < content.size()) {
        const BatchView batch{content.data() + at};
        const auto bytes = ByteView{content}.subspan(at, batch.size());
        ASSERT_EQ(batch.base_offset(), std::max(log.end, log.asked_start));
        ASSERT_TRUE(std::ranges::any_of(
            log.attempts, [&](const Attempt& attempt) { return std::ranges::equal(attempt.bytes, bytes); }));
        log.end = batch.next_offset();
        log.committed[batch.base_offset().value] = Bytes{bytes.begin(), bytes.end()};
        at += batch.size();
    }
    log.attempts.clear();
    log.waiting.clear();
}

// The producers' last sequences are those of their last batches.
void LogModel::verify_producers(ModelLog& log) {
    if (!log.waiting.empty() || log.cut_unclear) return;
    std::map<std::int64_t, std::pair<std::int16_t, std::int32_t>> expected;
    for (const auto& [base, bytes] : log.committed) {
        const BatchView batch{bytes.data()};
        if (batch.producer_id() == no_producer) continue;
        expected[batch.producer_id().value] = {batch.producer_epoch().value,
                                               batch.base_sequence() + batch.last_offset_delta()};
    }
    const auto producers = log_of(log)->producers();
    // Of who was cut off, only what is still in the log can be known.
    if (!log.was_cut) ASSERT_EQ(producers.size(), expected.size());
    for (const auto& producer : producers) {
        EXPECT_EQ(expected[producer.id.value], std::pair(producer.epoch.value, producer.last_sequence));
    }
}

// Any offset finds the batch that holds it, and no read goes beyond its limits.
void LogModel::verify_reads(ModelLog& log) {
    auto target = log_of(log);
    const auto start = target->log_start();
    if (log.committed.empty() || start >= log.end) return;
    const auto from = start + static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(log.end - start)));
    const auto limit =
        std::next(log.committed.lower_bound(from.value), -(log.committed.count(from.value) == 0));
    const auto most = pick(3000);
    const auto ranges = target->read(from, log.end, most);
    ASSERT_TRUE(ranges) << ranges.error().message;
    const auto content = content_of(*ranges);
    ASSERT_GE(content.size(), batch_header_size);
    const BatchView first{content.data()};
    EXPECT_EQ(first.base_offset(), Offset{limit->first})
        << "seed " << options_.seed << " from " << from.value;
    EXPECT_TRUE(content.size() <= most || content.size() == first.size());
    EXPECT_EQ(target->read(from, Offset{limit->first}, most).value().size(), 0u);
}

// More runs by hand: WEIR_MODEL_RUNS=100000, and another WEIR_MODEL_SEED.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class LogModelTest : public ::testing::Test {
  protected:
    void SetUp() override { set_log_level(LogLevel::off); }
    void TearDown() override { set_log_level(LogLevel::info); }

    void run_many(LogModelOptions options) {
        const auto first = from_environment("WEIR_MODEL_SEED", 1);
        const auto runs = from_environment("WEIR_MODEL_RUNS", 1000);
        for (options.seed = first; options.seed < first + runs && !HasFailure(); ++options.seed) {
            LogModel{options}.run();
        }
    }
};

TEST_F(LogModelTest, KillsLoseNothing) {
    run_many({.power_cuts = false});
}
TEST_F(LogModelTest, PowerCutsLoseNothing) {
    run_many({});
}
TEST_F(LogModelTest, FailingDisksLoseNothing) {
    run_many({.faults = true});
}

TEST_F(LogModelTest, ACrashAtAnyStepLosesNothing) {
    for (std::uint64_t seed = 1; seed <= 3 && !HasFailure(); ++seed) {
        LogModel whole{{.seed = seed, .logs = 2, .steps = 40}};
        whole.run();
        for (std::uint64_t step = 0; step < whole.io_steps() && !HasFailure(); ++step) {
            LogModel{{.seed = seed, .logs = 2, .steps = 40, .stop_at = step}}.run();
        }
    }
}

}  // namespace
}  // namespace weir::log
