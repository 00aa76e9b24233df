// The shared set against std::set, with copies that must stay as they were.
#include "base/shared_set.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace weir {
namespace {

struct Itself {
    static int key(const int& value) { return value; }
};
using Set = SharedSet<int, Itself>;

std::vector<int> all(const Set& set) {
    std::vector<int> out;
    set.for_each([&](const auto& value) { out.push_back(*value); });
    return out;
}

TEST(SharedSet, AgreesWithAPlainOneAndItsCopiesStay) {
    SeededRandom random{7};
    Set set;
    std::set<int> plain;
    std::vector<std::pair<Set, std::vector<int>>> copies;
    for (int i = 0; i < 5000; ++i) {
        const auto value = static_cast<int>(random.next() % 300);
        if (random.next() % 5 < 2) {
            set.erase(value);
            plain.erase(value);
        } else {
            set.put(std::make_shared<const int>(value));
            plain.insert(value);
        }
        ASSERT_EQ(set.size(), plain.size());
        ASSERT_EQ(set.find(value) != nullptr, plain.contains(value));
        if (i % 500 == 0) copies.emplace_back(set, all(set));
    }
    EXPECT_EQ(all(set), std::vector<int>(plain.begin(), plain.end()));
    for (const auto& [copy, content] : copies) EXPECT_EQ(all(copy), content);
}

TEST(SharedSet, ScansFromTheFirstThatIsNotLess) {
    Set set;
    for (int i = 0; i < 100; i += 10) set.put(std::make_shared<const int>(i));
    std::vector<int> seen;
    set.for_each_from(35, [&](const auto& value) {
        seen.push_back(*value);
        return *value < 60;
    });
    EXPECT_EQ(seen, (std::vector<int>{40, 50, 60}));
    seen.clear();
    set.for_each_from(91, [&](const auto& value) { return seen.push_back(*value), true; });
    EXPECT_TRUE(seen.empty());
}

TEST(SharedSet, PutReplacesTheOneOfTheSameKey) {
    Set set;
    const auto first = std::make_shared<const int>(1), second = std::make_shared<const int>(1);
    set.put(first);
    const auto copy = set;
    set.put(second);
    EXPECT_EQ(set.size(), 1u);
    EXPECT_EQ(set.find_shared(1), second);
    EXPECT_EQ(copy.find_shared(1), first);
    EXPECT_FALSE(set.is_shared_with(copy));
}

// Falling to one side would take a path as long as the set: a million values in order would take hours.
TEST(SharedSet, StaysBalancedWhenFilledInOrder) {
    Set set;
    for (int i = 0; i < 200'000; ++i) set.put(std::make_shared<const int>(i));
    for (int i = 0; i < 199'990; ++i) set.erase(i);
    EXPECT_EQ(all(set).size(), 10u);
    EXPECT_EQ(all(set).front(), 199'990);
}

}  // namespace
}  // namespace weir
