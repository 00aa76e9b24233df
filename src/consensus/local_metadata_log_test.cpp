// The local metadata log: order, restart, snapshots, and what it does when the disk is full, damaged or
// failing.
#include "consensus/local_metadata_log.hpp"

#include <gtest/gtest.h>

#include "base/log_line.hpp"
#include "base/random.hpp"
#include "consensus/test_machine.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_executor.hpp"

namespace weir::consensus {
namespace {

using test::Operation;

class LocalLog : public ::testing::Test {
  protected:
    Result<void> open(std::uint64_t snapshot_every_bytes = 1 << 20, std::size_t max_pending = 256) {
        log_.reset();
        executor_.drop_all();
        machine_ = {};
        auto opened = LocalMetadataLog::open({.directory = "data/m",
                                              .identity = {Uuid::from_random(1, 2), NodeId{5}},
                                              .max_pending = max_pending,
                                              .snapshot_every_bytes = snapshot_every_bytes},
                                             machine_, files_, executor_);
        if (!opened) return opened.error();
        log_ = std::move(*opened);
        return {};
    }
    // Puts an outcome's name into outcomes_.
    void propose(std::string_view text) {
        const auto bytes = as_bytes(text);
        log_->propose({bytes.begin(), bytes.end()}, [this](const Result<LogPosition>& at) {
            outcomes_.push_back(at ? fmt::format("{}", at->index) : std::string{name(at.error().code)});
        });
    }
    std::string ask(std::string_view text) {
        propose(text);
        executor_.run_all();
        return outcomes_.back();
    }
    std::vector<std::string> names() {
        auto out = files_.list("data/m").value();
        std::ranges::sort(out);
        return out;
    }

    test::FaultyFileSystem files_;
    test::ManualExecutor executor_;
    TestMachine machine_;
    std::unique_ptr<LocalMetadataLog> log_;
    std::vector<std::string> outcomes_;
};

TEST_F(LocalLog, AppliesInOrderAndKeepsItOverARestart) {
    ASSERT_TRUE(open());
    EXPECT_EQ(ask("a"), "1");
    EXPECT_EQ(ask(""), "2");
    EXPECT_EQ(ask("c"), "3");
    EXPECT_EQ(log_->applied(), (LogPosition{3, 1}));
    EXPECT_EQ(log_->role(), Role::leader);
    ASSERT_TRUE(open());
    EXPECT_EQ(machine_.text, "1=a;2=;3=c;");
    EXPECT_EQ(ask("d"), "4");
    EXPECT_EQ(machine_.text, "1=a;2=;3=c;4=d;");
}

TEST_F(LocalLog, KeepsTheIdentityItWasFormattedWith) {
    ASSERT_TRUE(open());
    const auto identity = log_->identity();
    EXPECT_EQ(identity.node, NodeId{5});
    log_.reset();
    auto other = LocalMetadataLog::open({.directory = "data/m", .identity = {{}, NodeId{9}}}, machine_,
                                        files_, executor_);
    ASSERT_TRUE(other);
    EXPECT_EQ((*other)->identity(), identity);
}

TEST_F(LocalLog, LetsOnlyOneProcessIn) {
    ASSERT_TRUE(open());
    const auto other =
        LocalMetadataLog::open({.directory = "data/m", .identity = {}}, machine_, files_, executor_);
    EXPECT_EQ(other.error().code, Errc::already_exists);
}

TEST_F(LocalLog, SharesOneSyncAmongProposalsThatWait) {
    ASSERT_TRUE(open());
    const auto before = files_.steps();
    for (int i = 0; i < 100; ++i) propose("x");
    EXPECT_TRUE(outcomes_.empty());
    executor_.run_all();
    EXPECT_EQ(outcomes_.size(), 100u);
    EXPECT_EQ(outcomes_.back(), "100");
    EXPECT_EQ(files_.steps() - before, 4u);  // write and sync: the log, then the mark
}

TEST_F(LocalLog, RefusesWhatIsTooBigAndTooMany) {
    ASSERT_TRUE(open(1 << 20, 2));
    EXPECT_EQ(ask(std::string(max_command_bytes + 1, 'x')), "limit_exceeded");
    EXPECT_EQ(ask(std::string(max_command_bytes, 'x')), "1");
    outcomes_.clear();
    for (int i = 0; i < 3; ++i) propose("x");
    executor_.run_all();
    EXPECT_EQ(outcomes_, (std::vector<std::string>{"2", "3", "busy"}));
}

TEST_F(LocalLog, FinishesWhatWaitsWhenItStops) {
    ASSERT_TRUE(open());
    propose("a");
    log_->stop([&] { outcomes_.push_back("stopped"); });
    propose("b");
    executor_.run_all();
    EXPECT_EQ(outcomes_, (std::vector<std::string>{"1", "stopped", "shutting_down"}));
    EXPECT_EQ(log_->role(), Role::stopped);
}

TEST_F(LocalLog, StartsANewFileAfterASnapshot) {
    ASSERT_TRUE(open(200));
    for (int i = 0; i < 20; ++i) ask("some command");
    const auto before = machine_.text;
    const auto left = names();
    ASSERT_EQ(left.size(), 5u) << fmt::format("{}", fmt::join(left, " "));  // identity lock log mark snapshot
    EXPECT_EQ(left[2], "log-00000000000000000017");
    EXPECT_EQ(left[4], "snapshot-00000000000000000016");
    ASSERT_TRUE(open(200));
    EXPECT_EQ(machine_.text, before);
    EXPECT_EQ(machine_.restored_at, (LogPosition{16, 1}));
    EXPECT_EQ(ask("more"), "21");
}

TEST_F(LocalLog, RecoversFromAFullDisk) {
    ASSERT_TRUE(open());
    EXPECT_EQ(ask("a"), "1");
    files_.set_capacity(8192 + 400);
    std::string last;
    while (last != "no_space") last = ask("some command");
    const auto before = machine_.text;
    EXPECT_EQ(ask("some command"), "no_space");
    EXPECT_EQ(machine_.text, before);
    files_.set_capacity(UINT64_MAX);
    const auto next = ask("d");
    EXPECT_EQ(machine_.text, fmt::format("{}{}=d;", before, next));
    const auto after = machine_.text;
    ASSERT_TRUE(open());
    EXPECT_EQ(machine_.text, after);
}

// A write that failed half-way may have left whole records behind, which must not come back.
TEST(LocalLogFailedWrite, NeverComesBack) {
    set_log_level(LogLevel::error);
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        test::FaultyFileSystem files{seed};
        test::ManualExecutor executor;
        std::vector<std::string> outcomes;
        const auto run = [&](StateMachine& machine, std::initializer_list<const char*> commands) {
            auto log =
                LocalMetadataLog::open({.directory = "data/m", .identity = {}}, machine, files, executor);
            ASSERT_TRUE(log) << log.error().message;
            const auto ask = [&](std::string_view text) {
                const auto bytes = as_bytes(text);
                (*log)->propose({bytes.begin(), bytes.end()}, [&](const Result<LogPosition>& at) {
                    outcomes.push_back(at ? "good" : std::string{name(at.error().code)});
                });
            };
            if (commands.size() == 0) return;
            files.inject({.operation = Operation::write, .path = "log-", .code = Errc::no_space});
            files.inject({.operation = Operation::truncate, .path = "log-", .times = 2});
            for (int i = 0; i < 5; ++i) ask("old");  // one write; what it left can't be cut off
            executor.run_all();
            for (const auto* command : commands) ask(command), executor.run_all();
        };
        TestMachine first, second;
        run(first, {"ol1", "new"});
        const auto expected = std::vector<std::string>{"no_space", "no_space", "no_space", "no_space",
                                                       "no_space", "io_error", "good"};
        EXPECT_EQ(outcomes, expected);
        files.crash(test::Crash::kill);
        run(second, {});
        EXPECT_EQ(second.text, "1=new;") << "seed " << seed;
    }
}

TEST_F(LocalLog, GoesOnWithoutASnapshotWhenThereIsNoRoomForOne) {
    ASSERT_TRUE(open(200));
    files_.inject({.operation = Operation::open, .path = "snapshot-", .times = 5, .code = Errc::no_space});
    for (int i = 1; i <= 50; ++i) EXPECT_EQ(ask("some command"), fmt::format("{}", i));
    EXPECT_EQ(names().back().substr(0, 9), "snapshot-");
    const auto before = machine_.text;
    ASSERT_TRUE(open(200));
    EXPECT_EQ(machine_.text, before);
}

TEST_F(LocalLog, EndsTheProcessWhenFdatasyncFails) {
    ASSERT_TRUE(open());
    files_.inject({.operation = Operation::sync, .path = "log-"});
    EXPECT_DEATH(ask("a"), "log-.*what is on disk is unknown");
}

TEST_F(LocalLog, RefusesEntriesItDoesNotUnderstand) {
    ASSERT_TRUE(open());
    EXPECT_EQ(ask("from the future"), "1");
    log_.reset();
    TestMachine older;
    older.unknown = "from the future";
    const auto opened =
        LocalMetadataLog::open({.directory = "data/m", .identity = {}}, older, files_, executor_);
    EXPECT_EQ(opened.error().code, Errc::unsupported);
    EXPECT_NE(opened.error().message.find("entry 1"), std::string::npos) << opened.error().message;
}

}  // namespace
}  // namespace weir::consensus
