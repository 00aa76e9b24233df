// The small tables of the queues: ids seen, keys locked, deadlines, and what of the log is needed.
#include <gtest/gtest.h>

#include "broker/queue/deadlines.hpp"
#include "broker/queue/dedup_window.hpp"
#include "broker/queue/key_locks.hpp"
#include "broker/queue/log_use.hpp"

namespace weir::queue {
namespace {

TEST(DedupWindow, KnowsAnIdForAsLongAsTheWindow) {
    DedupWindow window;
    window.add("a", 1'000, 500);
    EXPECT_TRUE(window.contains("a", 1'499, 500));
    EXPECT_FALSE(window.contains("a", 1'500, 500));
    EXPECT_FALSE(window.contains("b", 1'000, 500));
}

TEST(DedupWindow, ForgetsWhatIsOldWhenOthersCome) {
    DedupWindow window;
    window.add("a", 1'000, 500);
    window.add("b", 1'200, 500);
    window.add("c", 1'600, 500);
    EXPECT_EQ(window.size(), 2u);
    EXPECT_TRUE(window.contains("b", 1'600, 500));
}

TEST(DedupWindow, AnIdThatCameAgainOutlivesItsFirstTime) {
    DedupWindow window;
    window.add("a", 1'000, 500);
    window.add("a", 1'400, 500);
    window.add("b", 1'600, 500);
    EXPECT_TRUE(window.contains("a", 1'600, 500));
}

TEST(DedupWindow, ComesBackAsWritten) {
    DedupWindow window;
    for (int i = 0; i < 100; ++i) window.add("id-" + std::to_string(i), i, 1'000);
    FieldWriter out;
    window.write(out);
    const Bytes bytes = out.take();
    FieldReader in(bytes);
    const auto again = DedupWindow::read(in);
    EXPECT_TRUE(in.at_end());
    EXPECT_TRUE(again.contains("id-42", 50, 1'000));
    FieldWriter twice;
    again.write(twice);
    EXPECT_EQ(twice.take(), bytes);
}

TEST(KeyLocks, PassesALockOnInOrder) {
    KeyLocks locks;
    EXPECT_TRUE(locks.lock(7, 1));
    EXPECT_FALSE(locks.lock(7, 2));
    EXPECT_FALSE(locks.lock(7, 3));
    EXPECT_TRUE(locks.lock(8, 4));
    EXPECT_TRUE(locks.is_owner(7, 1));
    EXPECT_EQ(locks.pass_on(7), 2u);
    EXPECT_TRUE(locks.is_owner(7, 2));
    EXPECT_EQ(locks.pass_on(7), 3u);
    EXPECT_EQ(locks.pass_on(7), std::nullopt);
    EXPECT_EQ(locks.pass_on(8), std::nullopt);
    EXPECT_TRUE(locks.empty());
}

TEST(Deadlines, TheEarliestComesFirst) {
    Deadlines deadlines;
    EXPECT_EQ(deadlines.next_ms(), never_ms);
    deadlines.add(30, DeadlineKind::head, 1);
    deadlines.add(10, DeadlineKind::delayed, 2);
    deadlines.add(20, DeadlineKind::deferred, 3, 4);
    EXPECT_EQ(deadlines.next_ms(), 10);
    const auto first = deadlines.take();
    EXPECT_EQ(first.kind(), DeadlineKind::delayed);
    EXPECT_EQ(first.id(), 2u);
    EXPECT_EQ(deadlines.take().sequence, 4u);
    EXPECT_EQ(deadlines.size(), 1u);
}

TEST(LogUse, SaysWhatIsNeeded) {
    LogUse use;
    const Offset end{100'000};
    EXPECT_EQ(use.first_used(end), end);
    const IndexEntry message{.position = Offset{5'000}, .bytes = 100};
    const IndexEntry referred{.position = Offset{60'000}, .bytes = 100, .content_back = 55'000};
    use.add(message);
    use.add(referred);
    EXPECT_EQ(use.first_used(end), Offset{4'096});
    EXPECT_EQ(use.between(Offset{0}, Offset{10'000}), (LogUse::Use{2, 200}));
    EXPECT_EQ(use.between(Offset{50'000}, end), (LogUse::Use{1, 0}));
    use.remove(message);
    EXPECT_EQ(use.first_used(end), Offset{4'096});
    use.remove(referred);
    EXPECT_EQ(use, LogUse());
}

}  // namespace
}  // namespace weir::queue
