// The local metadata log: order, restart, snapshots, and what it does when the disk is full, damaged or
// failing.
#include "consensus/local_metadata_log.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "consensus/test_machine.hpp"
#include "support/hooked_file_system.hpp"
#include "support/manual_executor.hpp"
#include "support/temporary_directory.hpp"

namespace weir::consensus {
namespace {

using test::FileCall;

class LocalLog : public ::testing::Test {
  protected:
    Result<void> open(std::uint64_t snapshot_every_bytes = 1 << 20, std::size_t max_pending = 256) {
        log_.reset();
        executor_.drop_all();
        machine_ = {};
        auto opened = LocalMetadataLog::open({.directory = directory_.path("m"),
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
        auto out = files_.list(directory_.path("m")).value();
        std::ranges::sort(out);
        return out;
    }

    test::TemporaryDirectory directory_;
    test::HookedFileSystem files_{runtime::posix_file_system()};
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
    auto other = LocalMetadataLog::open({.directory = directory_.path("m"), .identity = {{}, NodeId{9}}},
                                        machine_, files_, executor_);
    ASSERT_TRUE(other);
    EXPECT_EQ((*other)->identity(), identity);
}

TEST_F(LocalLog, LetsOnlyOneProcessIn) {
    ASSERT_TRUE(open());
    const auto other = LocalMetadataLog::open({.directory = directory_.path("m"), .identity = {}}, machine_,
                                              files_, executor_);
    EXPECT_EQ(other.error().code, Errc::already_exists);
}

TEST_F(LocalLog, SharesOneSyncAmongProposalsThatWait) {
    ASSERT_TRUE(open());
    std::size_t log_syncs = 0;
    files_.set_hook([&](FileCall call, const std::string& path) -> Result<void> {
        if (call == FileCall::sync_data && path.find("log-") != std::string::npos) ++log_syncs;
        return {};
    });
    for (int i = 0; i < 100; ++i) propose("x");
    EXPECT_TRUE(outcomes_.empty());
    executor_.run_all();
    EXPECT_EQ(outcomes_.size(), 100u);
    EXPECT_EQ(outcomes_.back(), "100");
    EXPECT_EQ(log_syncs, 1u);
}

TEST_F(LocalLog, AnswersOnlyAfterTheSync) {
    ASSERT_TRUE(open());
    files_.set_hook([&](FileCall, const std::string& path) -> Result<void> {
        if (path.find("log-") != std::string::npos) EXPECT_TRUE(outcomes_.empty() && machine_.text.empty());
        return {};
    });
    EXPECT_EQ(ask("a"), "1");
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
    bool is_full = true;
    files_.set_hook([&](FileCall call, const std::string&) -> Result<void> {
        if (is_full && (call == FileCall::write || call == FileCall::create)) return Error{Errc::no_space};
        return {};
    });
    EXPECT_EQ(ask("b"), "no_space");
    EXPECT_EQ(ask("c"), "no_space");
    EXPECT_EQ(machine_.text, "1=a;");
    is_full = false;
    EXPECT_EQ(ask("d"), "2");
    ASSERT_TRUE(open());
    EXPECT_EQ(machine_.text, "1=a;2=d;");
}

// A write that failed half-way has left whole records behind, which must not come back.
TEST_F(LocalLog, NeverAppliesWhatWasRefused) {
    ASSERT_TRUE(open());
    bool is_failing = true;
    files_.set_hook([&](FileCall call, const std::string& path) -> Result<void> {
        const bool is_log = path.find("log-") != std::string::npos;
        if (!is_failing || !is_log) return {};
        if (call == FileCall::truncate) return Error{Errc::io_error};
        if (call != FileCall::write) return {};
        std::uint32_t chain = 0;
        Bytes stale;
        auto file = runtime::posix_file_system().open(path, runtime::OpenMode::write).value();
        Bytes header(log_header_size);
        EXPECT_EQ(file->read(0, header).value(), log_header_size);
        chain = log_header_chain(header);
        for (LogIndex i = 1; i <= 3; ++i)
            put_record(stale, chain, {.at = {i, 1}, .command = as_bytes("old")});
        EXPECT_TRUE(file->write(log_header_size, stale));
        return Error{Errc::no_space};
    });
    EXPECT_EQ(ask("old"), "no_space");
    EXPECT_EQ(ask("old"), "io_error");  // what is left can't be cut: nothing is taken
    is_failing = false;
    EXPECT_EQ(ask("new"), "1");
    ASSERT_TRUE(open());
    EXPECT_EQ(machine_.text, "1=new;");
}

TEST_F(LocalLog, GoesOnWithoutASnapshotWhenThereIsNoRoomForOne) {
    ASSERT_TRUE(open(200));
    files_.set_hook([&](FileCall call, const std::string&) -> Result<void> {
        if (call == FileCall::create) return Error{Errc::no_space};
        return {};
    });
    for (int i = 1; i <= 50; ++i) EXPECT_EQ(ask("some command"), fmt::format("{}", i));
    files_.set_hook({});
    for (int i = 51; i <= 60; ++i) EXPECT_EQ(ask("some command"), fmt::format("{}", i));
    EXPECT_EQ(names().back().substr(0, 9), "snapshot-");
    const auto before = machine_.text;
    ASSERT_TRUE(open(200));
    EXPECT_EQ(machine_.text, before);
}

TEST_F(LocalLog, EndsTheProcessWhenFdatasyncFails) {
    ASSERT_TRUE(open());
    files_.set_hook([](FileCall call, const std::string& path) -> Result<void> {
        if (call == FileCall::sync_data)
            return Error{Errc::io_error, "fdatasync " + path + ": Input/output error"};
        return {};
    });
    EXPECT_DEATH(ask("a"), "fdatasync .*log-.*what is on disk is unknown");
}

TEST_F(LocalLog, RefusesEntriesItDoesNotUnderstand) {
    ASSERT_TRUE(open());
    EXPECT_EQ(ask("from the future"), "1");
    log_.reset();
    TestMachine older;
    older.unknown = "from the future";
    const auto opened =
        LocalMetadataLog::open({.directory = directory_.path("m"), .identity = {}}, older, files_, executor_);
    EXPECT_EQ(opened.error().code, Errc::unsupported);
    EXPECT_NE(opened.error().message.find("entry 1"), std::string::npos) << opened.error().message;
}

}  // namespace
}  // namespace weir::consensus
