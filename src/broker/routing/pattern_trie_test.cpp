// The trie of patterns: what each matches, against a naive matcher at random, and patterns made to be slow.
#include "broker/routing/pattern_trie.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "support/naive_routing.hpp"

namespace weir::routing {
namespace {

topology::Binding bound(const std::string& pattern, std::uint64_t queue = 1) {
    return {.host = "/", .source = "x", .destination = "q", .key = pattern, .queue = QueueId{queue}};
}

bool matches(const std::string& pattern, std::string_view key) {
    PatternTrie trie;
    trie.add(bound(pattern));
    Step out;
    trie.match(key, out);
    EXPECT_EQ(!out.empty(), test::pattern_matches(pattern, key)) << pattern << " " << key;
    EXPECT_LE(out.queues.size(), 1u);
    return !out.empty();
}

TEST(PatternTrie, StarIsExactlyOneWord) {
    EXPECT_TRUE(matches("a.*.c", "a.b.c"));
    EXPECT_FALSE(matches("a.*.c", "a.c"));
    EXPECT_FALSE(matches("a.*", "a.b.c"));
    EXPECT_FALSE(matches("*", ""));
    EXPECT_TRUE(matches("*", "a"));
    EXPECT_TRUE(matches("*.*", "."));  // two empty words
    EXPECT_TRUE(matches("a.*", "a."));
}

TEST(PatternTrie, HashIsAnyNumberOfWords) {
    EXPECT_TRUE(matches("#", ""));
    EXPECT_TRUE(matches("#", "a.b.c"));
    EXPECT_TRUE(matches("a.#", "a"));
    EXPECT_TRUE(matches("a.#.c", "a.c"));
    EXPECT_TRUE(matches("a.#.c", "a.b.c.b.c"));
    EXPECT_FALSE(matches("a.#.c", "a.b.c.b"));
    EXPECT_TRUE(matches("#.#", ""));
    EXPECT_TRUE(matches("#.a.#.a.#", "a.a"));
    EXPECT_FALSE(matches("#.a.#.a.#", "a"));
    EXPECT_TRUE(matches("*.#", "a"));
    EXPECT_FALSE(matches("*.#", ""));
    EXPECT_TRUE(matches("#.*", "a.b"));
}

TEST(PatternTrie, PlainWordsMatchThemselves) {
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "a"));
    EXPECT_TRUE(matches("a.b", "a.b"));
    EXPECT_FALSE(matches("a.b", "a.b."));
    EXPECT_FALSE(matches("a.b", "A.b"));
    EXPECT_TRUE(matches("a*", "a*"));  // a wildcard is a whole word
    EXPECT_FALSE(matches("a*", "ab"));
    EXPECT_TRUE(matches("..", ".."));
}

TEST(PatternTrie, EachBindingIsCountedAndTakenOutByItself) {
    PatternTrie trie;
    trie.add(bound("a.#", 1));
    trie.add(bound("a.#", 1));
    trie.add(bound("a.*", 2));
    const auto before = trie;
    trie.remove(bound("a.#", 1));
    Step out;
    trie.match("a.b", out);
    EXPECT_EQ(out.queues.size(), 2u);
    trie.remove(bound("a.#", 1));
    trie.remove(bound("a.*", 2));
    out.clear();
    trie.match("a.b", out);
    EXPECT_TRUE(out.empty());
    before.match("a.b", out);
    EXPECT_EQ(out.queues.size(), 3u);  // the copy is as it was
}

// Trying every way to share out the words would take forever.
TEST(PatternTrie, ManyHashesTakeNoTime) {
    std::string pattern = "#", key = "a";
    while (pattern.size() < 250) pattern += ".a.#";
    while (key.size() < 254) key += ".a";
    PatternTrie trie;
    trie.add(bound(pattern + ".b"));
    Step out;
    for (int i = 0; i < 100; ++i) trie.match(key, out);
    EXPECT_TRUE(out.empty());
    trie.match(key + ".b", out);
    EXPECT_EQ(out.queues.size(), 1u);
}

}  // namespace
}  // namespace weir::routing
