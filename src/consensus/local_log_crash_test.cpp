// The local metadata log after kill -9 at every file call, torn tails, and damage: acknowledged entries are
// there or the log refuses to open.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "consensus/local_metadata_log.hpp"
#include "consensus/test_machine.hpp"
#include "support/hooked_file_system.hpp"
#include "support/manual_executor.hpp"
#include "support/temporary_directory.hpp"

namespace weir::consensus {
namespace {

using test::FileCall;

constexpr std::uint64_t snapshot_every_bytes = 300;

struct Opened {
    TestMachine machine;
    test::ManualExecutor executor;
    std::unique_ptr<LocalMetadataLog> log;
    Error error;

    Opened(const std::string& directory, runtime::FileSystem& files) {
        auto opened = LocalMetadataLog::open({.directory = directory,
                                              .identity = {Uuid::from_random(1, 2), NodeId{1}},
                                              .snapshot_every_bytes = snapshot_every_bytes},
                                             machine, files, executor);
        if (opened) {
            log = std::move(*opened);
        } else {
            error = opened.error();
        }
    }
    // Proposes numbered commands one after the other until `count` are applied; says how many were
    // acknowledged.
    std::size_t fill(std::size_t count) {
        std::size_t acknowledged = log->applied().index;
        fill(count, acknowledged);
        return acknowledged;
    }
    void fill(std::size_t count, std::size_t& acknowledged) {
        while (acknowledged < count) {
            const auto text = fmt::format("command {}", acknowledged + 1);
            log->propose({text.begin(), text.end()}, [&](const Result<LogPosition>& at) {
                ASSERT_TRUE(at);
                acknowledged = at->index;
            });
            executor.run_all();
        }
    }
};

std::string expected_text(std::size_t count) {
    std::string out;
    for (std::size_t i = 1; i <= count; ++i) out += fmt::format("{}=command {};", i, i);
    return out;
}

// Ends the process, as it were, at the `step`th call that changes a file; false if there were fewer.
bool run_until_killed(const std::string& directory, std::size_t step, std::size_t& acknowledged) {
    test::HookedFileSystem files{runtime::posix_file_system()};
    files.skip_syncs();
    files.set_hook([&](FileCall, const std::string&) -> Result<void> {
        if (step-- == 0) throw test::Killed{};
        return {};
    });
    try {
        Opened opened{directory, files};
        EXPECT_TRUE(opened.log) << opened.error.message;
        if (opened.log != nullptr) opened.fill(acknowledged + 30, acknowledged);
    } catch (const test::Killed&) {
        return true;
    }
    return false;
}

TEST(LocalLogCrash, LosesNothingWhereverItIsKilled) {
    test::HookedFileSystem files{runtime::posix_file_system()};
    files.skip_syncs();
    std::size_t step = 0;
    for (bool is_killed = true; is_killed; ++step) {
        const test::TemporaryDirectory directory;
        std::size_t acknowledged = 0;
        is_killed = run_until_killed(directory.path("m"), step, acknowledged);
        Opened after{directory.path("m"), files};
        ASSERT_TRUE(after.log) << "step " << step << ": " << after.error.message;
        const auto applied = after.log->applied().index;
        EXPECT_TRUE(applied == acknowledged || applied == acknowledged + 1) << "step " << step;
        EXPECT_EQ(after.machine.text, expected_text(applied)) << "step " << step;
        EXPECT_EQ(after.fill(applied + 20), applied + 20);
    }
    EXPECT_GT(step, 100u);
}

TEST(LocalLogCrash, SurvivesAHundredKillsOfOneDirectory) {
    const test::TemporaryDirectory directory;
    test::HookedFileSystem files{runtime::posix_file_system()};
    files.skip_syncs();
    SeededRandom random{7};
    std::size_t acknowledged = 0;
    for (int kill = 0; kill < 100; ++kill) {
        run_until_killed(directory.path("m"), random.next() % 120, acknowledged);
        Opened after{directory.path("m"), files};
        ASSERT_TRUE(after.log) << "kill " << kill << ": " << after.error.message;
        ASSERT_GE(after.log->applied().index, acknowledged);
        acknowledged = after.log->applied().index;
        ASSERT_EQ(after.machine.text, expected_text(acknowledged));
    }
}

class Damage : public ::testing::Test {
  protected:
    void SetUp() override {
        files_.skip_syncs();
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

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.path("m");
    test::HookedFileSystem files_{runtime::posix_file_system()};
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
        EXPECT_TRUE(opened.error.code == Errc::corrupt ||
                    (at < 12 && opened.error.code == Errc::unsupported));
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
    for (const auto& path : {log_, snapshot_, path_ + "/mark", path_ + "/identity"}) {
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
