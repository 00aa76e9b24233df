// Memory goes back soon after a burst, and seldom during one.
#include "runtime/heap_trim.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

class HeapTrimTest : public ::testing::Test {
  protected:
    // Two seconds later, with a share of a core used.
    bool is_due_after(double share) {
        now_ms_ += 2000;
        cpu_ms_ += static_cast<std::int64_t>(2000 * share);
        return trim_.is_due(now_ms_, cpu_ms_);
    }

    HeapTrim trim_;
    std::int64_t now_ms_ = 0, cpu_ms_ = 0;
};

TEST_F(HeapTrimTest, OnceAfterABurst) {
    EXPECT_FALSE(is_due_after(0.9));
    EXPECT_FALSE(is_due_after(1.5));
    EXPECT_TRUE(is_due_after(0.01));
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(is_due_after(0.01)) << "nothing has come since";
}

TEST_F(HeapTrimTest, NowAndThenUnderLoad) {
    int trims = 0;
    for (int i = 0; i < 150; ++i) trims += is_due_after(1) ? 1 : 0;
    EXPECT_EQ(trims, 10);
    EXPECT_TRUE(is_due_after(0));
}

TEST_F(HeapTrimTest, TheStartIsABurst) {
    EXPECT_TRUE(is_due_after(0.01));
}

TEST(ProcessCpu, Grows) {
    const auto before = process_cpu_ms();
    while (process_cpu_ms() < before + 2) {
    }
    EXPECT_GE(process_cpu_ms(), before + 2);
}

}  // namespace
}  // namespace weir::runtime
