// Requests find their handlers, and say what else a path could be asked.
#include "protocols/management/routes.hpp"

#include <gtest/gtest.h>

#include "protocols/management/api.hpp"

namespace weir::management {
namespace {

using Words = std::vector<std::string>;

Found find(std::string_view method, const Words& path) {
    return find_route(method, path);
}

TEST(Routes, AreFoundByMethodAndPath) {
    const auto found = find("PUT", {"queues", "/", "a/b"});
    ASSERT_NE(found.route, nullptr);
    EXPECT_EQ(found.route->handler, &put_queue);
    EXPECT_EQ(found.arguments, (Words{"/", "a/b"}));
    EXPECT_EQ(find("HEAD", {"queues"}).route->handler, &list_queues);
    EXPECT_EQ(find("POST", {"users", "bulk-delete"}).route->handler, &delete_users);
    EXPECT_EQ(find("GET", {"users", "without-permissions"}).route->handler, &list_users_without_permissions);
    EXPECT_EQ(find("DELETE", {"bindings", "/", "e", "s", "q", "d", "~"}).route->handler, &delete_binding);
    EXPECT_EQ(find("GET", {"connections", "username", "u"}).route->handler, &list_connections_of_user);
}

TEST(Routes, TellWhatAPathCanBeAsked) {
    const auto wrong = find("PATCH", {"vhosts", "v"});
    EXPECT_EQ(wrong.route, nullptr);
    EXPECT_EQ(wrong.methods, (Words{"GET", "PUT", "DELETE"}));
    EXPECT_TRUE(find("GET", {"nothing"}).methods.empty());
    EXPECT_TRUE(find("GET", {}).methods.empty());
    EXPECT_TRUE(find("GET", {"vhosts", "v", "more", "than", "that"}).methods.empty());
}

// A path with a word where an earlier one has {} would never be found.
TEST(Routes, HideNoOther) {
    for (const auto& route : all_routes()) {
        Words path;
        for (std::string_view rest = route.path; !rest.empty();) {
            const auto end = std::min(rest.find('/'), rest.size());
            path.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        EXPECT_EQ(find(route.method, path).route, &route) << route.method << " " << route.path;
    }
}

TEST(Credentials, AreThoseOfBasicAlone) {
    const auto given = basic_credentials("Basic Z3Vlc3Q6YTpi");
    ASSERT_TRUE(given);
    EXPECT_EQ(given->user, "guest");
    EXPECT_EQ(given->password, "a:b");
    EXPECT_TRUE(basic_credentials("bAsIc Z3Vlc3Q6"));
    for (const auto* wrong : {"", "Basic", "Basic !!!!", "Bearer Z3Vlc3Q6YTpi", "Basic Z3Vlc3Q="})
        EXPECT_FALSE(basic_credentials(wrong)) << wrong;
}

TEST(Rights, ComeFromTags) {
    const auto rights_of = [](const char* tag) {
        const topology::User user{.name = "u", .tags = {tag}};
        std::string out;
        for (const auto rights :
             {Rights::any, Rights::monitoring, Rights::policymaker, Rights::administrator})
            out += has(user, rights) ? '1' : '0';
        return out;
    };
    EXPECT_EQ(rights_of("administrator"), "1111");
    EXPECT_EQ(rights_of("monitoring"), "1100");
    EXPECT_EQ(rights_of("policymaker"), "1010");
    EXPECT_EQ(rights_of("management"), "1000");
    EXPECT_EQ(rights_of("other"), "0000");
}

}  // namespace
}  // namespace weir::management
