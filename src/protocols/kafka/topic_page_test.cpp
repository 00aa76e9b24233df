// Pages of DescribeTopicPartitions: every partition comes once, whatever the limit.
#include "protocols/kafka/topic_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace weir::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::map<std::string, std::int32_t, std::less<>> topics{{"a", 3}, {"b", 1}, {"c", 5}};

std::optional<std::int32_t> partitions(std::string_view name) {
    const auto found = topics.find(name);
    return found == topics.end() ? std::nullopt : std::optional{found->second};
}

TopicPage page(std::vector<std::string> names, std::int32_t limit, std::optional<PageStart> start = {}) {
    return topic_page(*page_names(std::move(names), false, start), start, limit, partitions);
}

TEST(TopicPage, HoldsAllInOrderEachOnce) {
    const auto all = page({"c", "a", "b", "a"}, 2000);
    EXPECT_THAT(all.entries, ElementsAre(PageEntry{"a", true, 0, 3}, PageEntry{"b", true, 0, 1},
                                         PageEntry{"c", true, 0, 5}));
    EXPECT_FALSE(all.next);
}

TEST(TopicPage, EndsWithinATopic) {
    const auto first = page({"a", "b", "c"}, 2);
    EXPECT_THAT(first.entries, ElementsAre(PageEntry{"a", true, 0, 2}));
    EXPECT_EQ(first.next, (PageStart{"a", PartitionId{2}}));
}

TEST(TopicPage, BetweenTopicsTheNextBeginsAtItsFirstPartition) {
    const auto first = page({"a", "b", "c"}, 3);
    EXPECT_THAT(first.entries, ElementsAre(PageEntry{"a", true, 0, 3}));
    EXPECT_EQ(first.next, (PageStart{"b", PartitionId{0}}));
    EXPECT_FALSE(page({"c"}, 5).next) << "nothing follows the last partition";
}

TEST(TopicPage, PagesOfAnySizeMakeTheWhole) {
    for (std::int32_t limit = 1; limit <= 10; ++limit) {
        std::vector<std::string> seen;
        std::optional<PageStart> start;
        do {
            const auto next = page({"a", "b", "c"}, limit, start);
            std::int32_t count = 0;
            for (const auto& entry : next.entries) {
                count += entry.end - entry.first;
                for (auto i = entry.first; i < entry.end; ++i)
                    seen.push_back(fmt::format("{}{}", entry.topic, i));
            }
            ASSERT_LE(count, limit);
            start = next.next;
        } while (start);
        EXPECT_THAT(seen, ElementsAre("a0", "a1", "a2", "b0", "c0", "c1", "c2", "c3", "c4"));
    }
}

TEST(TopicPage, UnknownTopicsTakeNoRoom) {
    const auto mixed = page({"b", "a", "aa"}, 4);
    EXPECT_THAT(mixed.entries, ElementsAre(PageEntry{"a", true, 0, 3}, PageEntry{"aa", false, 0, 0},
                                           PageEntry{"b", true, 0, 1}));
    EXPECT_FALSE(mixed.next);
}

TEST(TopicPage, TheLimitIsOneAtLeastAndItsGreatestAtMost) {
    EXPECT_THAT(page({"a"}, 0).entries, ElementsAre(PageEntry{"a", true, 0, 1}));
    EXPECT_THAT(page({"a"}, INT32_MIN).entries, ElementsAre(PageEntry{"a", true, 0, 1}));
    const auto large = [](std::string_view) { return std::optional{max_page_partitions + 1}; };
    EXPECT_EQ(topic_page({"x"}, {}, INT32_MAX, large).next,
              (PageStart{"x", PartitionId{max_page_partitions}}));
}

TEST(TopicPage, ACursorBehindTheLastPartitionGivesNoneOfThatTopic) {
    const auto none = page({"a", "b"}, 2, PageStart{"a", PartitionId{INT32_MAX}});
    EXPECT_THAT(none.entries, ElementsAre(PageEntry{"a", true, 3, 3}, PageEntry{"b", true, 0, 1}));
}

TEST(PageNames, BeginAtTheCursor) {
    const std::optional<PageStart> start{{"b", PartitionId{0}}};
    EXPECT_THAT(*page_names({"c", "b", "a"}, false, start), ElementsAre("b", "c"));
    EXPECT_THAT(*page_names({"c", "bb", "a"}, true, start), ElementsAre("bb", "c"))
        << "a topic that is gone since the last page";
    EXPECT_THAT(*page_names({"a"}, true, start), IsEmpty());
}

TEST(PageNames, MustHoldTheCursorsTopicIfTheyWereAskedFor) {
    EXPECT_EQ(page_names({"a", "c"}, false, PageStart{"b", PartitionId{0}}).error().code,
              Errc::invalid_argument);
    EXPECT_EQ(page_names({}, false, PageStart{"b", PartitionId{0}}).error().code, Errc::invalid_argument);
    EXPECT_EQ(page_names({"b"}, false, PageStart{"b", PartitionId{-1}}).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace weir::kafka
