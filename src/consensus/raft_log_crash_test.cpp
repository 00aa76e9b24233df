// The metadata log of a single node after kill -9 or a power cut at every file call, torn tails, and damage:
// acknowledged entries are there or the log refuses to open.
#include <gtest/gtest.h>

#include "base/log_line.hpp"
#include "base/random.hpp"
#include "consensus/raft_metadata_log.hpp"
#include "consensus/test_machine.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"

namespace weir::consensus {
namespace {

const std::string directory = "data/metadata";
constexpr std::uint64_t snapshot_every_bytes = 400;
constexpr std::size_t before_commands = 1;  // the entry that names the members

struct Opened {
    TestMachine machine;
    test::ManualExecutor executor;
    test::ManualClock clock;
    SeededRandom random{1};
    std::unique_ptr<MetadataLog> log;
    Error error;

    Opened(const std::string& path, runtime::FileSystem& files) {
        set_log_level(LogLevel::error);  // thousands of torn tails are what this test is about
        auto opened = open_raft_log({.storage = {.directory = path,
                                                 .identity = {Uuid::from_random(1, 2), NodeId{1}},
                                                 .first_members = {{.node = NodeId{1}}}},
                                     .snapshot_every_bytes = snapshot_every_bytes},
                                    machine, {files, executor, clock, random});
        if (opened) {
            log = std::move(*opened);
        } else {
            error = opened.error();
        }
    }
    std::size_t applied() const { return log->applied().index - before_commands; }
    // Proposes numbered commands one after the other until `count` are applied.
    void fill(std::size_t count) {
        auto acknowledged = applied();
        while (acknowledged < count) {
            const auto text = fmt::format("command {}", acknowledged + 1);
            log->propose({text.begin(), text.end()}, [&](const Result<LogPosition>& at) {
                ASSERT_TRUE(at);
                acknowledged = at->index - before_commands;
            });
            executor.run_all();
        }
    }
};

std::string expected_text(std::size_t count) {
    std::string out;
    for (std::size_t i = 1; i <= count; ++i) out += fmt::format("{}=command {};", i + before_commands, i);
    return out;
}

struct Progress {
    std::size_t proposed = 0;
    std::size_t acknowledged = 0;  // while the process lived
};

// Proposes until the process ends at the `step`th call that changes a file; false if `count` were enough for
// it.
bool run_until_stopped(test::FaultyFileSystem& files, std::uint64_t step, std::size_t count,
                       Progress& progress) {
    files.stop_at(files.steps() + step);
    Opened opened{directory, files};
    EXPECT_TRUE(files.stopped() || opened.log) << opened.error.message;
    if (opened.log == nullptr) return true;
    progress.proposed = opened.applied();
    for (std::size_t i = 0; i < count && !files.stopped(); ++i) {
        const auto text = fmt::format("command {}", ++progress.proposed);
        opened.log->propose({text.begin(), text.end()}, [&](const Result<LogPosition>& at) {
            if (!files.stopped()) progress.acknowledged = at.value().index - before_commands;
        });
        if (i % 3 != 0) opened.executor.run_all();  // now and then two together
    }
    opened.executor.run_all();
    return files.stopped();
}

void expect_whole(test::FaultyFileSystem& files, const Progress& progress, const std::string& what) {
    const Opened after{directory, files};
    ASSERT_TRUE(after.log) << what << ": " << after.error.message;
    EXPECT_GE(after.applied(), progress.acknowledged) << what;
    EXPECT_LE(after.applied(), progress.proposed) << what;
    EXPECT_EQ(after.machine.text, expected_text(after.applied())) << what;
}

class Crashing : public ::testing::TestWithParam<test::Crash> {};

TEST_P(Crashing, LosesNothingWhereverItEnds) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        std::uint64_t step = 0;
        for (bool is_stopped = true; is_stopped; ++step) {
            test::FaultyFileSystem files{seed * 1000 + step};
            ASSERT_TRUE(files.make_directories("data"));
            ASSERT_TRUE(files.sync_directory(""));
            Progress progress;
            is_stopped = run_until_stopped(files, step, 30, progress);
            files.crash(GetParam());
            expect_whole(files, progress, fmt::format("seed {} step {}", seed, step));
            files.crash(GetParam());  // and what recovery did must be as durable
            expect_whole(files, progress, fmt::format("seed {} step {}, again", seed, step));
        }
        EXPECT_GT(step, 80u);
    }
}

TEST_P(Crashing, SurvivesAThousandCrashesOfOneDirectory) {
    SeededRandom random{7};
    test::FaultyFileSystem files;
    ASSERT_TRUE(files.make_directories("data"));
    ASSERT_TRUE(files.sync_directory(""));
    Progress progress;
    for (int crash = 0; crash < 1000 && !HasFailure(); ++crash) {
        run_until_stopped(files, random.next() % 60, 20, progress);
        files.crash(GetParam());
        expect_whole(files, progress, fmt::format("crash {}", crash));
    }
    EXPECT_GT(progress.acknowledged, 3000u);
}

INSTANTIATE_TEST_SUITE_P(SingleLog, Crashing, ::testing::Values(test::Crash::kill, test::Crash::power_cut));

class Damage : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(files_.make_directories("data"));
        Opened opened{path_, files_};
        ASSERT_TRUE(opened.log);
        opened.fill(25);
        for (const auto& name : files_.list(path_).value()) {
            if (name.starts_with("log-")) log_ = path_ + "/" + name;
            if (name.starts_with("snapshot-")) snapshot_ = path_ + "/" + name;
        }
        ASSERT_FALSE(log_.empty() || snapshot_.empty());
    }
    Bytes read(const std::string& path) { return runtime::read_file(files_, path, 1 << 20).value(); }
    void write(const std::string& path, ByteView content) {
        auto file = files_.open(path, runtime::OpenMode::create).value();
        ASSERT_TRUE(file->truncate(0));
        ASSERT_TRUE(file->write(0, content));
    }
    void expect_refusal(const std::string& path, const std::string& what) {
        const Opened opened{path_, files_};
        ASSERT_EQ(opened.log, nullptr) << what;
        EXPECT_EQ(opened.error.code, Errc::corrupt) << what;
        EXPECT_NE(opened.error.message.find(path + " is damaged at byte"), std::string::npos)
            << what << ": " << opened.error.message;
    }

    std::string path_ = directory;
    test::FaultyFileSystem files_;
    std::string log_, snapshot_;
};

TEST_F(Damage, OfADurableRecordIsRefused) {
    const auto good = read(log_);
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto bad = good;
        bad[at] ^= 0x10;
        write(log_, bad);
        const Opened opened{path_, files_};
        ASSERT_EQ(opened.log, nullptr) << "byte " << at;
        EXPECT_EQ(opened.error.code, Errc::corrupt);
    }
    write(log_, good);
    EXPECT_TRUE(Opened(path_, files_).log);
}

TEST_F(Damage, ByTruncationIsRefused) {
    const auto good = read(log_);
    for (std::size_t size = 0; size < good.size(); ++size) {
        write(log_, ByteView{good}.first(size));
        expect_refusal(log_, fmt::format("cut at {}", size));
    }
}

TEST_F(Damage, OfTheSnapshotIsRefused) {
    const auto good = read(snapshot_);
    for (std::size_t at = 0; at < good.size(); at += 13) {
        auto bad = good;
        bad[at] ^= 0x01;
        write(snapshot_, bad);
        const Opened opened{path_, files_};
        ASSERT_EQ(opened.log, nullptr) << "byte " << at;
    }
}

TEST_F(Damage, ByMissingFilesIsRefused) {
    for (const auto& path : {log_, snapshot_, path_ + "/mark"}) {
        const auto good = read(path);
        ASSERT_TRUE(files_.remove(path));
        expect_refusal(path, path + " is gone");
        write(path, good);
    }
    EXPECT_TRUE(Opened(path_, files_).log);
}

TEST_F(Damage, OfOneSlotOfTheMarkIsSurvived) {
    const auto good = read(path_ + "/mark");
    for (const std::size_t slot : {0u, 4096u}) {
        auto bad = good;
        bad[slot + 20] ^= 1;
        write(path_ + "/mark", bad);
        EXPECT_TRUE(Opened(path_, files_).log);
    }
    auto bad = good;
    bad[20] ^= 1, bad[4096 + 20] ^= 1;
    write(path_ + "/mark", bad);
    expect_refusal(path_ + "/mark", "both slots");
}

// What a power cut leaves of a write that was never synced: any of its 512-byte sectors, in any order.
TEST_F(Damage, AboveTheMarkIsATornTail) {
    SeededRandom random{3};
    const auto good = read(log_);
    const auto known = expected_text(25);
    for (int round = 0; round < 200; ++round) {
        auto torn = good;
        const auto tail = random.next() % 3000;
        torn.resize(good.size() + tail);
        random.fill(ByteSpan{torn}.subspan(good.size()));
        for (auto sector = (good.size() + 511) / 512 * 512; sector + 512 <= torn.size(); sector += 512) {
            if (random.next() % 2 == 0) std::memset(torn.data() + sector, 0, 512);
        }
        write(log_, torn);
        Opened opened{path_, files_};
        ASSERT_TRUE(opened.log) << opened.error.message;
        EXPECT_EQ(opened.machine.text, known);
        EXPECT_EQ(files_.file_size(log_).value(), good.size());
    }
}

}  // namespace
}  // namespace weir::consensus
