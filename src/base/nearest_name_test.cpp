// Which names are near enough to be suggested.
#include "base/nearest_name.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(EditDistance, CountsAddedDroppedChangedAndSwappedCharacters) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("abc", ""), 3u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("listen", "listn"), 1u);
    EXPECT_EQ(edit_distance("listen", "lisetn"), 1u);
    EXPECT_EQ(edit_distance("listen", "kisten"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(NearestName, SuggestsTheNearestUnlessItIsFar) {
    const std::vector<std::string> names{"data", "kafka.listen", "kafka.advertised", "reactors"};
    EXPECT_EQ(nearest_name("kafka.listn", names), "kafka.listen");
    EXPECT_EQ(nearest_name("dta", names), "data");
    EXPECT_EQ(nearest_name("reactor", names), "reactors");
    EXPECT_EQ(nearest_name("something.else", names), std::nullopt);
    EXPECT_EQ(nearest_name("", names), std::nullopt);
    EXPECT_EQ(nearest_name("dta", {}), std::nullopt);
}

TEST(NearestName, DoesNotTakeAShortNameForAnotherShortOne) {
    const std::vector<std::string> names{"a", "of"};
    EXPECT_EQ(nearest_name("xy", names), std::nullopt);
}

TEST(NearestName, EndsASentence) {
    const std::vector<std::string> names{"data"};
    EXPECT_EQ(did_you_mean("dat", names), "; did you mean data?");
    EXPECT_EQ(did_you_mean("other", names), "");
}

}  // namespace
}  // namespace weir
