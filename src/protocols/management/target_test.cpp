// Paths and queries come apart, and names come back from their encoded form.
#include "protocols/management/target.hpp"

#include <gtest/gtest.h>

namespace weir::management {
namespace {

using Path = std::vector<std::string>;

TEST(Target, IsTakenApart) {
    const auto target = parse_target("/api/queues/%2F/a%20b?columns=name,messages&sort=a+b&flag");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, (Path{"api", "queues", "/", "a b"}));
    EXPECT_EQ(target->query.at("columns"), "name,messages");
    EXPECT_EQ(target->query.at("sort"), "a b");
    EXPECT_EQ(target->query.at("flag"), "");
    EXPECT_EQ(parse_target("/api/bindings/v/e//q/b")->path,
              (Path{"api", "bindings", "v", "e", "", "q", "b"}));
    EXPECT_EQ(parse_target("/api/")->path, Path{"api"});
    EXPECT_EQ(parse_target("/")->path, Path{});
    EXPECT_EQ(parse_target("/a+b")->path, Path{"a+b"});
}

TEST(Target, ThatIsNoneIsRefused) {
    EXPECT_FALSE(parse_target(""));
    EXPECT_FALSE(parse_target("api"));
    EXPECT_FALSE(parse_target("/a%2"));
    EXPECT_FALSE(parse_target("/a%zz"));
    EXPECT_FALSE(parse_target("/a?b=%"));
    EXPECT_FALSE(parse_target("/" + std::string(2 * max_path_segments, '/') + "a"));
}

TEST(Percent, ThereAndBack) {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_EQ(*percent_decoded(percent_encoded(all), false), all);
    EXPECT_EQ(*percent_decoded(percent_encoded(all), true), all);
    EXPECT_EQ(percent_encoded("/a b~"), "%2Fa%20b~");
}

}  // namespace
}  // namespace weir::management
