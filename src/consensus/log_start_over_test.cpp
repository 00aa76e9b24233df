// Setting a damaged metadata log aside, with the process ending at every step of it.
#include <gtest/gtest.h>

#include "base/log_line.hpp"
#include "consensus/log_storage.hpp"
#include "consensus/members.hpp"
#include "consensus/recovery_note.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::consensus {
namespace {

const Identity damaged_identity{Uuid::from_random(1, 2), NodeId{1}};
const std::string damaged_directory = "data/m";
const std::string log_path = damaged_directory + "/log-00000000000000000001";

class StartingOver : public ::testing::Test {
  protected:
    void SetUp() override { set_log_level(LogLevel::off); }
    Result<std::unique_ptr<LogStorage>> open(bool may_start_over = true) {
        return LogStorage::open({.directory = damaged_directory,
                                 .identity = damaged_identity,
                                 .first_members = {},
                                 .may_start_over = may_start_over},
                                *files_);
    }
    void prepare(std::uint64_t seed = 1) {
        files_ = std::make_unique<test::FaultyFileSystem>(seed);
        ASSERT_TRUE(files_->make_directories("data"));
        ASSERT_TRUE(files_->sync_directory(""));
        auto storage = open().value();
        storage->note_members({{.node = NodeId{1}, .address = "a"},
                               {.node = NodeId{2}, .address = "b"},
                               {.node = NodeId{3}, .address = "c"}});
        storage->save_vote({.term = 4, .voted_for = NodeId{2}});
        append(*storage, 3);
        append(*storage, 4);
        storage.reset();
        files_->flip_bit(log_path, 60);
    }
    static void append(LogStorage& storage, LogTerm term) {
        storage.append({.term = term, .data = {1, 2, 3}});
        ASSERT_TRUE(storage.write());
        storage.sync();
        storage.sync_mark();
    }
    bool is_noted() { return read_recovery(*files_, damaged_directory).value().has_value(); }

    std::unique_ptr<test::FaultyFileSystem> files_;
};

TEST_F(StartingOver, BeginsWithAnEmptyLogInALaterTerm) {
    prepare();
    auto storage = open().value();
    EXPECT_TRUE(storage->is_recovering());
    EXPECT_EQ(storage->identity(), damaged_identity);
    EXPECT_EQ(storage->vote(), (Vote{.term = 5, .voted_for = std::nullopt}));
    EXPECT_EQ(storage->last(), 0u);
    EXPECT_TRUE(files_->file_size(damaged_directory + "/set-aside-1.log-00000000000000000001"));
    append(*storage, 3);
    append(*storage, 4);
    EXPECT_TRUE(storage->is_recovering() && is_noted());
    append(*storage, 5);
    EXPECT_FALSE(storage->is_recovering() || is_noted());
    EXPECT_FALSE(files_->file_size(damaged_directory + "/set-aside-1.log-00000000000000000001"));
    storage.reset();
    storage = open().value();
    EXPECT_FALSE(storage->is_recovering());
    EXPECT_EQ(storage->last(), 3u);
}

TEST_F(StartingOver, EndsWithASnapshot) {
    prepare();
    auto storage = open().value();
    Snapshot snapshot{.cluster_id = damaged_identity.cluster_id, .at = {40, 4}, .members_index = 1};
    snapshot.members = encode_members({{.node = NodeId{1}}});
    ASSERT_TRUE(storage->install_snapshot(snapshot));
    EXPECT_TRUE(storage->is_recovering()) << "of a term in which it may have acknowledged more";
    snapshot.at = {50, 5};
    ASSERT_TRUE(storage->install_snapshot(snapshot));
    EXPECT_FALSE(storage->is_recovering() || is_noted());
}

TEST_F(StartingOver, BeginsOnceMoreIfItDidNotEnd) {
    prepare();
    auto storage = open().value();
    append(*storage, 4);
    storage.reset();
    storage = open(false).value();
    EXPECT_TRUE(storage->is_recovering());
    EXPECT_EQ(storage->last(), 0u);
    EXPECT_EQ(storage->vote().term, 6u);
    storage.reset();
    files_->flip_bit(damaged_directory + "/recovering", 14);
    storage = open().value();
    EXPECT_TRUE(storage->is_recovering()) << "a damaged note is one all the same";
    EXPECT_EQ(storage->vote().term, 7u);
    append(*storage, 7);
    EXPECT_FALSE(storage->is_recovering());
}

TEST_F(StartingOver, IsForNodesWhoseOthersCanElectALeader) {
    prepare();
    EXPECT_EQ(open(false).error().code, Errc::corrupt) << "nobody is reached";
    files_->lose(damaged_directory + "/members");
    EXPECT_EQ(open().error().code, Errc::corrupt) << "nobody is known";
    EXPECT_FALSE(is_noted());
    const Member one{.node = NodeId{1}, .address = "a"}, two{.node = NodeId{2}, .address = "b"},
        three{.node = NodeId{3}, .address = "c"},
        learner{.node = NodeId{4}, .address = "d", .is_voter = false};
    EXPECT_TRUE(can_elect_without(one.node, {one, two, three}));
    EXPECT_FALSE(can_elect_without(one.node, {one, two}));
    EXPECT_FALSE(can_elect_without(one.node, {one, two, learner}));
    EXPECT_FALSE(can_elect_without(one.node, {one}));
    EXPECT_TRUE(can_elect_without(learner.node, {one, learner}));
    EXPECT_FALSE(can_elect_without(learner.node, {learner}));
}

// The vote is damaged as well, or from a copy: which terms this node has acknowledged in is not known.
TEST_F(StartingOver, IsNotForWhoseVoteIsOlderThanItsLog) {
    prepare();
    files_->lose(damaged_directory + "/vote");
    files_->lose(damaged_directory + "/vote-copy");
    EXPECT_EQ(open().error().code, Errc::corrupt);
    ASSERT_TRUE(VoteFile::create(*files_, damaged_directory, {.term = 2, .voted_for = std::nullopt}));
    files_->flip_bit(log_path, 60);   // back
    files_->flip_bit(log_path, 100);  // in the last record
    EXPECT_EQ(open().error().code, Errc::corrupt);
    EXPECT_FALSE(is_noted());
}

TEST_F(StartingOver, SurvivesAnEndAtAnyStep) {
    for (const auto kind : {test::Crash::kill, test::Crash::power_cut}) {
        bool is_over = false;
        for (std::uint64_t step = 0; !is_over; ++step) {
            prepare(step + 1);
            files_->stop_at(files_->steps() + step);
            if (auto storage = open(); storage) append(**storage, 5);
            is_over = !files_->stopped();
            files_->crash(kind);
            auto storage = open();
            ASSERT_TRUE(storage) << "step " << step << ": " << storage.error().message;
            const bool has_come_back = (*storage)->last() == 1 && (*storage)->vote().term == 5;
            EXPECT_TRUE((*storage)->is_recovering() || has_come_back) << "step " << step;
            EXPECT_GE((*storage)->vote().term, 5u);
            ASSERT_LT(step, 100u);
        }
    }
}

}  // namespace
}  // namespace weir::consensus
