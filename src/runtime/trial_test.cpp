// How long a mistake is remembered.
#include "runtime/trial.hpp"

#include <gtest/gtest.h>

namespace weir::runtime {
namespace {

constexpr Trial::Limits limits{.first_rest = 2, .most_rest = 5, .proven = 3};

unsigned rest_of(Trial& trial) {
    unsigned passed = 0;
    while (!trial.may_begin()) ++passed;
    return passed;
}

TEST(Trial, AfterEachMistakeTheRestIsLonger) {
    Trial trial{limits};
    EXPECT_EQ(rest_of(trial), 0u);
    for (const unsigned rest : {2, 4, 5, 5}) {
        trial.failed();
        EXPECT_EQ(rest_of(trial), rest);
        trial.succeeded();
    }
}

TEST(Trial, ManySuccessesMakeUpForMistakes) {
    Trial trial{limits};
    trial.failed();
    for (unsigned i = 0; i < limits.proven; ++i) trial.succeeded();
    trial.failed();
    EXPECT_EQ(rest_of(trial), limits.first_rest);
    trial.failed();
    EXPECT_EQ(rest_of(trial), 2 * limits.first_rest);
}

}  // namespace
}  // namespace weir::runtime
