// What a node keeps on disk, where a group of one has no use for it: cutting off another leader's entries,
// and taking over another node's snapshot.
#include "consensus/log_storage.hpp"

#include <gtest/gtest.h>

#include "base/log_line.hpp"
#include "consensus/members.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::consensus {
namespace {

const Identity identity{Uuid::from_random(1, 2), NodeId{1}};

class Storage : public ::testing::Test {
  protected:
    void SetUp() override {
        set_log_level(LogLevel::off);
        ASSERT_TRUE(files_.make_directories("data"));
        ASSERT_TRUE(files_.sync_directory(""));
        ASSERT_TRUE(open());
    }
    Result<void> open() {
        storage_.reset();
        auto opened = LogStorage::open(
            {.directory = "data/m", .identity = identity, .first_members = {{.node = NodeId{1}}}}, files_);
        if (!opened) return opened.error();
        storage_ = std::move(*opened);
        return {};
    }
    Result<void> cut_power_and_open() {
        files_.crash(test::Crash::power_cut);
        return open();
    }
    void append(LogTerm term, std::string_view text) {
        const auto bytes = as_bytes(text);
        storage_->append({.term = term, .data = {bytes.begin(), bytes.end()}});
    }
    void keep() {
        ASSERT_TRUE(storage_->write());
        storage_->sync();
        storage_->sync_mark();
    }
    // The commands as "2=a;3=b;".
    std::string text() const {
        std::string out;
        for (auto index = storage_->first(); index <= storage_->last(); ++index) {
            const auto& entry = *storage_->entry(index);
            if (entry.kind == RecordKind::command) out += fmt::format("{}={};", index, as_text(entry.data));
        }
        return out;
    }
    Snapshot snapshot(LogPosition at) const {
        return {.cluster_id = identity.cluster_id,
                .at = at,
                .members_index = 1,
                .members = encode_members({{.node = NodeId{1}}}),
                .state = {1, 2, 3}};
    }

    test::FaultyFileSystem files_;
    std::unique_ptr<LogStorage> storage_;
};

TEST_F(Storage, CutsOffWhatWasDurableAndSurvivesAPowerCutAtAnyStep) {
    storage_->save_vote({.term = 9, .voted_for = NodeId{1}});
    append(2, "a"), append(2, "b"), append(2, "c");
    keep();
    bool is_over = false;
    for (std::uint64_t step = 0; !is_over; ++step) {
        const auto before = text();
        files_.stop_at(files_.steps() + step);
        storage_->truncate(3);
        append(3 + step, "other");
        keep();
        is_over = !files_.stopped();
        ASSERT_TRUE(cut_power_and_open()) << "step " << step;
        EXPECT_TRUE(text() == "2=a;3=other;" || before.starts_with(text()))
            << "step " << step << ": " << text();
        if (storage_->last() < 3) append(3 + step, "again"), keep();
        ASSERT_LT(step, 20u);
    }
    EXPECT_EQ(text(), "2=a;3=other;");
}

TEST_F(Storage, TakesAnotherNodesSnapshotInThePlaceOfAll) {
    storage_->save_vote({.term = 5, .voted_for = std::nullopt});
    append(1, "a"), append(1, "b");
    keep();
    ASSERT_TRUE(storage_->install_snapshot(snapshot({40, 4})));
    EXPECT_EQ(storage_->last(), 40u);
    append(5, "next");
    keep();
    ASSERT_TRUE(cut_power_and_open());
    EXPECT_EQ(storage_->take_snapshot_found()->state, (Bytes{1, 2, 3}));
    EXPECT_EQ(text(), "41=next;");
    EXPECT_EQ(storage_->vote().term, 5u);
}

TEST_F(Storage, KeepsWhatIsBehindASnapshotAndForWhoLags) {
    append(1, "a"), append(1, "b"), append(1, "c");
    keep();
    ASSERT_TRUE(storage_->save_snapshot(snapshot({3, 1})));
    EXPECT_EQ(text(), "2=a;3=b;4=c;");
    storage_->forget_before(3);
    EXPECT_EQ(text(), "3=b;4=c;");
    ASSERT_TRUE(cut_power_and_open());
    EXPECT_EQ(text(), "4=c;");
}

TEST_F(Storage, KeepsTheOldLogWhenThereIsNoRoomForASnapshot) {
    append(1, "a");
    keep();
    files_.inject({.operation = test::Operation::write, .path = "log-", .code = Errc::no_space});
    EXPECT_EQ(storage_->install_snapshot(snapshot({40, 4})).error().code, Errc::no_space);
    EXPECT_EQ(text(), "2=a;");
    ASSERT_TRUE(cut_power_and_open());
    EXPECT_EQ(text(), "2=a;");
}

// A vote that is gone could be given a second time.
TEST_F(Storage, KeepsTheVoteWhateverBecomesOfOneOfItsFiles) {
    const Vote given{.term = 7, .voted_for = NodeId{1}};
    storage_->save_vote({.term = 7, .voted_for = std::nullopt});
    storage_->save_vote(given);
    for (const std::string path : {"data/m/vote", "data/m/vote-copy"}) {
        for (std::uint64_t at = 0; at < 36; ++at) {
            for (const auto slot : {0u, 4096u}) {
                files_.flip_bit(path, slot + at);
                ASSERT_TRUE(open()) << path << " " << slot + at;
                EXPECT_EQ(storage_->vote(), given) << path << " " << slot + at;
            }
        }
        for (const std::uint64_t size : {0u, 10u, 36u, 4096u, 4100u}) {
            files_.cut(path, size);
            ASSERT_TRUE(open()) << path << " of " << size;
            EXPECT_EQ(storage_->vote(), given) << path << " of " << size;
        }
        files_.lose(path);
        ASSERT_TRUE(open());
        EXPECT_EQ(storage_->vote(), given);
    }
    files_.cut("data/m/vote", 0);
    files_.cut("data/m/vote-copy", 0);
    EXPECT_EQ(open().error().code, Errc::corrupt);
}

TEST_F(Storage, KeepsTheNewestVoteWhereverAPowerCutCameBetween) {
    bool is_over = false;
    for (std::uint64_t step = 0; !is_over; ++step) {
        const Vote before = storage_->vote();
        const Vote next{.term = before.term + 1, .voted_for = NodeId{1}};
        files_.stop_at(files_.steps() + step);
        storage_->save_vote(next);
        is_over = !files_.stopped();
        ASSERT_TRUE(cut_power_and_open());
        const auto found = storage_->vote();
        EXPECT_TRUE(found == next || (!is_over && found == before)) << "step " << step;
        files_.lose(step % 2 == 0 ? "data/m/vote" : "data/m/vote-copy");
        ASSERT_TRUE(open());
        EXPECT_EQ(storage_->vote(), found) << "what counts is in both: step " << step;
        ASSERT_LT(step, 20u);
    }
}

TEST_F(Storage, KeepsTheIdentityWhateverBecomesOfOneOfItsFiles) {
    for (const std::string path : {"data/m/identity", "data/m/identity-copy"}) {
        for (const std::uint64_t size : {0u, 20u}) {
            files_.cut(path, size);
            ASSERT_TRUE(open());
            EXPECT_EQ(storage_->identity(), identity);
        }
        files_.flip_bit(path, 9);
        ASSERT_TRUE(open());
        files_.lose(path);
        ASSERT_TRUE(open());
        EXPECT_EQ(storage_->identity(), identity);
        EXPECT_TRUE(files_.file_size(path)) << "and both are whole again";
    }
    files_.cut("data/m/identity", 0);
    files_.cut("data/m/identity-copy", 0);
    EXPECT_EQ(open().error().code, Errc::corrupt);
}

}  // namespace
}  // namespace weir::consensus
