// Tasks run, not too many wait, and none begins after the end.
#include "protocols/management/workers.hpp"

#include <gtest/gtest.h>

#include <future>

namespace weir::management {
namespace {

TEST(Workers, RunWhatTheyAreGivenUpToTheirLimit) {
    Workers workers{1, 1};
    std::promise<void> begun, go_on;
    EXPECT_TRUE(workers.run([&] {
        begun.set_value();
        go_on.get_future().wait();
    }));
    begun.get_future().wait();
    bool was_run = false;
    EXPECT_TRUE(workers.run([&] { was_run = true; }));
    EXPECT_FALSE(workers.run([] { FAIL(); }));
    std::promise<void> done;
    go_on.set_value();
    while (!workers.run([&] { done.set_value(); })) std::this_thread::yield();
    done.get_future().wait();
    EXPECT_TRUE(was_run);
    workers.stop();
    EXPECT_FALSE(workers.run([] { FAIL(); }));
}

}  // namespace
}  // namespace weir::management
