// Stops in order, deaths of the process and of the system, and what the next start makes of them.
#include "log/run_mark.hpp"

#include <gtest/gtest.h>

#include "support/faulty_file_system.hpp"

namespace weir::log {
namespace {

class RunMarkTest : public ::testing::Test {
  protected:
    RunMarkTest() { EXPECT_TRUE(files_.make_directories("data") && files_.sync_directory("")); }
    void start(const std::string& boot) {
        mark_.reset();
        auto lock = files_.lock("data/lock");
        ASSERT_TRUE(lock && files_.sync_directory("data"));
        mark_ = RunMark::begin(std::move(*lock), boot).value();
    }
    // Whether a start in this boot finds all there; then it is acknowledged.
    bool kept_all(const std::string& boot) {
        start(boot);
        EXPECT_TRUE(mark_->acknowledge());
        return mark_->kept_all();
    }
    void cut_power() { files_.crash(test::Crash::power_cut); }
    void kill() { files_.crash(test::Crash::kill); }

    test::FaultyFileSystem files_;
    std::optional<RunMark> mark_;
};

TEST_F(RunMarkTest, TheFirstStartHasLostNothing) {
    EXPECT_TRUE(kept_all("boot 1"));
    EXPECT_FALSE(mark_->was_stopped());
}

TEST_F(RunMarkTest, AStopInOrderKeepsAllWhateverComesAfter) {
    start("boot 1");
    EXPECT_TRUE(mark_->end());
    cut_power();
    EXPECT_TRUE(kept_all("boot 2"));
    EXPECT_TRUE(mark_->was_stopped());
    kill();
    EXPECT_TRUE(kept_all("boot 2"));
    EXPECT_FALSE(mark_->was_stopped());
}

TEST_F(RunMarkTest, AProcessThatDiesLeavesItsPageCacheASystemTakesIt) {
    start("boot 1");
    kill();
    EXPECT_TRUE(kept_all("boot 1"));
    cut_power();
    EXPECT_FALSE(kept_all("boot 2"));
    kill();
    EXPECT_TRUE(kept_all("boot 2")) << "it has been acknowledged";
}

TEST_F(RunMarkTest, ALossIsFoundAgainUntilItIsAcknowledged) {
    start("boot 1");
    cut_power();
    for (int i = 0; i < 3; ++i) {
        start("boot 2");
        EXPECT_FALSE(mark_->kept_all());
        kill();
    }
    EXPECT_FALSE(kept_all("boot 2"));
    kill();
    EXPECT_TRUE(kept_all("boot 2"));
}

TEST_F(RunMarkTest, WhereBootsHaveNoNamesOnlyAStopInOrderCounts) {
    start("");
    kill();
    EXPECT_FALSE(kept_all(""));
    EXPECT_TRUE(mark_->end());
    EXPECT_TRUE(kept_all(""));
}

TEST_F(RunMarkTest, ABootIsTheSameOnlyAsAWhole) {
    for (const std::string other : {"boot 11", "boot", "xboot 1"}) {
        start(other);
        ASSERT_TRUE(mark_->acknowledge());
        kill();
        EXPECT_FALSE(kept_all("boot 1")) << other;
        EXPECT_TRUE(mark_->end());
    }
    const std::string longer(100, 'b');
    EXPECT_TRUE(kept_all(longer));
    kill();
    EXPECT_TRUE(kept_all(longer));
}

}  // namespace
}  // namespace weir::log
