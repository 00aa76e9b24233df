// The metadata log of a single node: order, restart, snapshots, and what it does when the disk is full,
// damaged or failing.
#include "consensus/raft_metadata_log.hpp"

#include <gtest/gtest.h>

#include "base/log_line.hpp"
#include "base/random.hpp"
#include "consensus/test_machine.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"

namespace weir::consensus {
namespace {

using test::Operation;

class SingleLog : public ::testing::Test {
  protected:
    Result<void> open(std::uint64_t snapshot_every_bytes = 1 << 20, std::size_t max_pending = 256) {
        log_.reset();
        executor_.drop_all();
        machine_ = {};
        auto opened = open_raft_log({.storage = {.directory = "data/m",
                                                 .identity = {Uuid::from_random(1, 2), NodeId{5}},
                                                 .first_members = {{.node = NodeId{5}}}},
                                     .max_pending = max_pending,
                                     .snapshot_every_bytes = snapshot_every_bytes},
                                    machine_, seams());
        if (!opened) return opened.error();
        log_ = std::move(*opened);
        return {};
    }
    RaftLogSeams seams() {
        return {.files = files_, .executor = executor_, .clock = clock_, .random = random_};
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
    test::ManualClock clock_;
    SeededRandom random_{1};
    TestMachine machine_;
    std::unique_ptr<MetadataLog> log_;
    std::vector<std::string> outcomes_;
};

// The first entry of a group names its members, so commands begin with the second.
TEST_F(SingleLog, AppliesInOrderAndKeepsItOverARestart) {
    ASSERT_TRUE(open());
    EXPECT_EQ(log_->role(), Role::leader);
    EXPECT_EQ(log_->leader(), NodeId{5});
    EXPECT_EQ(ask("a"), "2");
    EXPECT_EQ(ask(""), "3");
    EXPECT_EQ(ask("c"), "4");
    EXPECT_EQ(log_->applied(), (LogPosition{4, log_->term()}));
    ASSERT_TRUE(open());
    EXPECT_EQ(machine_.text, "2=a;3=;4=c;");
    EXPECT_EQ(ask("d"), "5");
    EXPECT_EQ(machine_.text, "2=a;3=;4=c;5=d;");
}

// Or an entry that only a learner has been sent could get a namesake.
TEST_F(SingleLog, LeadsInANewTermAfterEachStart) {
    ASSERT_TRUE(open());
    const auto first = log_->term();
    ASSERT_TRUE(open());
    EXPECT_EQ(log_->term(), first + 1);
}

TEST_F(SingleLog, TellsTheMachineThatItLeads) {
    ASSERT_TRUE(open());
    executor_.run_all();
    EXPECT_EQ(machine_.leadership, (Leadership{Role::leader, log_->term(), NodeId{5}}));
}

TEST_F(SingleLog, AnswersAReadBarrierAfterWhatWasProposed) {
    ASSERT_TRUE(open());
    propose("a");
    log_->read_barrier([this](const Result<LogPosition>& at) {
        outcomes_.push_back(at ? machine_.text : std::string{name(at.error().code)});
    });
    executor_.run_all();
    EXPECT_EQ(outcomes_, (std::vector<std::string>{"2", "2=a;"}));
}

TEST_F(SingleLog, KeepsTheIdentityItWasFormattedWith) {
    ASSERT_TRUE(open());
    log_.reset();
    executor_.drop_all();
    const StorageOptions other{.directory = "data/m", .identity = {{}, NodeId{9}}, .first_members = {}};
    const auto storage = LogStorage::open(other, files_);
    ASSERT_TRUE(storage);
    EXPECT_EQ((*storage)->identity(), (Identity{Uuid::from_random(1, 2), NodeId{5}}));
}

// A vote file from a copy of long ago: this node may have voted in the terms since.
TEST_F(SingleLog, RefusesAVoteOlderThanTheLog) {
    ASSERT_TRUE(open());
    log_.reset();
    executor_.drop_all();
    {
        const StorageOptions options{.directory = "data/m", .identity = {}, .first_members = {}};
        auto opened = LogStorage::open(options, files_);
        ASSERT_TRUE(opened);
        const auto& storage = *opened;
        storage->append({.term = storage->vote().term + 1, .kind = RecordKind::barrier, .data = {}});
        ASSERT_TRUE(storage->write());
        storage->sync();
    }
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("vote is damaged"), std::string::npos) << opened.error().message;
}

TEST_F(SingleLog, LetsOnlyOneProcessIn) {
    ASSERT_TRUE(open());
    EXPECT_EQ(
        LogStorage::open({.directory = "data/m", .identity = {}, .first_members = {}}, files_).error().code,
        Errc::already_exists);
}

TEST_F(SingleLog, SharesOneSyncAmongProposalsThatWait) {
    ASSERT_TRUE(open());
    executor_.run_all();
    const auto before = files_.steps();
    for (int i = 0; i < 100; ++i) propose("x");
    EXPECT_TRUE(outcomes_.empty());
    executor_.run_all();
    EXPECT_EQ(outcomes_.size(), 100u);
    EXPECT_EQ(outcomes_.back(), "101");
    EXPECT_EQ(files_.steps() - before, 4u);  // write and sync: the log, then the mark
}

TEST_F(SingleLog, RefusesWhatIsTooBigAndTooMany) {
    ASSERT_TRUE(open(1 << 20, 2));
    EXPECT_EQ(ask(std::string(max_command_bytes + 1, 'x')), "limit_exceeded");
    EXPECT_EQ(ask(std::string(max_command_bytes, 'x')), "2");
    outcomes_.clear();
    for (int i = 0; i < 3; ++i) propose("x");
    executor_.run_all();
    EXPECT_EQ(outcomes_, (std::vector<std::string>{"busy", "3", "4"}));
}

TEST_F(SingleLog, FinishesWhatWaitsWhenItStops) {
    ASSERT_TRUE(open());
    propose("a");
    log_->stop([&] { outcomes_.push_back("stopped"); });
    propose("b");
    executor_.run_all();
    EXPECT_EQ(outcomes_, (std::vector<std::string>{"shutting_down", "2", "stopped"}));
    EXPECT_EQ(log_->role(), Role::stopped);
}

TEST_F(SingleLog, StartsANewFileAfterASnapshot) {
    ASSERT_TRUE(open(300));
    for (int i = 0; i < 20; ++i) ask("some command");
    const auto before = machine_.text;
    const auto left = names();
    // identity identity-copy lock log mark members snapshot vote vote-copy
    ASSERT_EQ(left.size(), 9u) << fmt::format("{}", fmt::join(left, " "));
    const auto last = std::stoull(left[6].substr(9));
    EXPECT_GT(last, 10u);
    EXPECT_EQ(left[3], fmt::format("log-{:020}", last + 1));
    ASSERT_TRUE(open(300));
    EXPECT_EQ(machine_.text, before);
    EXPECT_EQ(machine_.restored_at.index, last);
    EXPECT_EQ(ask("more"), "22");
}

TEST_F(SingleLog, RecoversFromAFullDisk) {
    ASSERT_TRUE(open());
    EXPECT_EQ(ask("a"), "2");
    files_.set_capacity(3 * 8192 + 500);
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

// A write that failed half-way may have left whole records behind, which must not come back once something
// else is written.
TEST_F(SingleLog, CutsOffWhatAFailedWriteLeft) {
    set_log_level(LogLevel::error);
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        test::FaultyFileSystem files{seed};
        std::vector<std::string> outcomes;
        const auto run = [&](StateMachine& machine, std::initializer_list<const char*> commands) {
            auto log = open_raft_log(
                {.storage = {.directory = "data/m", .identity = {}, .first_members = {{.node = NodeId{0}}}}},
                machine, {files, executor_, clock_, random_});
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
            executor_.run_all();
            for (const auto* command : commands) ask(command), executor_.run_all();
        };
        TestMachine first, second;
        run(first, {"ol1", "new"});
        const std::string unknown{"outcome_unknown"};
        const std::vector<std::string> expected{unknown, unknown,    unknown, unknown,
                                                unknown, "io_error", "good"};
        EXPECT_EQ(outcomes, expected);
        files.crash(test::Crash::kill);
        run(second, {});
        EXPECT_EQ(second.text, "2=new;") << "seed " << seed;
    }
}

TEST_F(SingleLog, GoesOnWithoutASnapshotWhenThereIsNoRoomForOne) {
    ASSERT_TRUE(open(200));
    files_.inject({.operation = Operation::open, .path = "snapshot-", .times = 5, .code = Errc::no_space});
    for (int i = 1; i <= 50; ++i) EXPECT_EQ(ask("some command"), fmt::format("{}", i + 1));
    EXPECT_EQ(names()[6].substr(0, 9), "snapshot-");
    const auto before = machine_.text;
    ASSERT_TRUE(open(200));
    EXPECT_EQ(machine_.text, before);
}

TEST_F(SingleLog, EndsTheProcessWhenFdatasyncFails) {
    ASSERT_TRUE(open());
    files_.inject({.operation = Operation::sync, .path = "log-"});
    EXPECT_DEATH(ask("a"), "log-.*what is on disk is unknown");
}

TEST_F(SingleLog, RefusesEntriesItDoesNotUnderstand) {
    ASSERT_TRUE(open());
    EXPECT_EQ(ask("from the future"), "2");
    log_.reset();
    executor_.drop_all();
    TestMachine older;
    older.unknown = "from the future";
    const auto opened = open_raft_log(
        {.storage = {.directory = "data/m", .identity = {}, .first_members = {}}}, older, seams());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::unsupported);
    EXPECT_NE(opened.error().message.find("entry 2"), std::string::npos) << opened.error().message;
}

}  // namespace
}  // namespace weir::consensus
