// Logging in: right and wrong passwords, guests from elsewhere, and guessers who must wait.
#include "broker/access/authenticator.hpp"

#include <gtest/gtest.h>

#include "broker/access/password.hpp"
#include "support/topology_builder.hpp"

namespace weir::access {
namespace {

class Login : public ::testing::Test {
  protected:
    Login() {
        for (const auto* name : {"guest", "anna", "bert"}) add(name, name + std::string{"'s password"});
        (void)builder_.ask(topology::PutUser{{.name = "nobody"}});
    }
    void add(const std::string& name, std::string_view password) {
        const auto credential = make_credential(password, random_, 1);  // quick
        (void)builder_.ask(topology::PutUser{{.name = name, .credentials = {*credential}}});
    }
    std::string attempt(std::string_view user, std::string_view password,
                        std::string_view address = "10.0.0.1", bool is_loopback = false) {
        const auto reply = authenticator_.authenticate(builder_.now, {.user = user,
                                                                      .password = password,
                                                                      .address = address,
                                                                      .is_loopback = is_loopback,
                                                                      .now_ms = now_ms_});
        if (!reply) return std::string{name(reply.error().code)};
        EXPECT_EQ((*reply)->name, user);
        return "good";
    }

    SeededRandom random_{1};
    test::TopologyBuilder builder_;
    Authenticator authenticator_{random_};
    std::int64_t now_ms_ = 1'000'000;
};

TEST_F(Login, NeedsTheRightPassword) {
    EXPECT_EQ(attempt("anna", "anna's password"), "good");
    EXPECT_EQ(attempt("anna", "bert's password"), "not_authorized");
    EXPECT_EQ(attempt("anna", ""), "not_authorized");
    EXPECT_EQ(attempt("no such", ""), "not_authorized");
    EXPECT_EQ(attempt("nobody", ""), "not_authorized");  // no credentials: no password will do
}

TEST_F(Login, APasswordThatWasRightIsNotSoOnceItIsAnotherOne) {
    for (int i = 0; i < 2; ++i) EXPECT_EQ(attempt("anna", "anna's password"), "good");
    add("anna", "new");
    EXPECT_EQ(attempt("anna", "anna's password"), "not_authorized");
    EXPECT_EQ(attempt("bert", "anna's password"), "not_authorized");
    EXPECT_EQ(attempt("anna", "new"), "good");
    (void)builder_.ask(topology::DeleteUser{"anna"});
    EXPECT_EQ(attempt("anna", "new"), "not_authorized");
}

TEST_F(Login, AnyCredentialOfTheUserWillDo) {
    const auto old = import_hash(topology::CredentialKind::salted_sha256,
                                 "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
    const auto fresh = make_credential("new", random_, 1);
    (void)builder_.ask(topology::PutUser{{.name = "both", .credentials = {*old, *fresh}}});
    EXPECT_EQ(attempt("both", "test12"), "good");
    EXPECT_EQ(attempt("both", "new"), "good");
    EXPECT_EQ(attempt("both", "neither"), "not_authorized");
}

TEST_F(Login, GuestsComeOnlyFromThisMachine) {
    EXPECT_EQ(attempt("guest", "guest's password", "127.0.0.1", true), "good");
    EXPECT_EQ(attempt("guest", "guest's password"), "not_authorized");
    EXPECT_EQ(attempt("anna", "anna's password", "127.0.0.1", true), "good");
}

TEST_F(Login, AGuesserWaitsLongerAndLonger) {
    for (int i = 0; i < 6; ++i) EXPECT_EQ(attempt("anna", "wrong"), "not_authorized");
    EXPECT_EQ(attempt("anna", "anna's password"), "busy");  // even the right one, so that it is not told
    now_ms_ += 499;
    EXPECT_EQ(attempt("anna", "wrong"), "busy");
    now_ms_ += 1;
    EXPECT_EQ(attempt("anna", "wrong"), "not_authorized");
    now_ms_ += 999;
    EXPECT_EQ(attempt("anna", "anna's password"), "busy");
    now_ms_ += 1;
    EXPECT_EQ(attempt("anna", "anna's password"), "good");
    for (int i = 0; i < 6; ++i) EXPECT_EQ(attempt("anna", "wrong"), "not_authorized");  // it begins anew
}

TEST_F(Login, AGuesserDoesNotKeepOthersOut) {
    for (int i = 0; i < 40; ++i) {
        (void)attempt("anna", "wrong");
        now_ms_ += 1000;
    }
    EXPECT_EQ(attempt("anna", "wrong"), "busy");
    EXPECT_EQ(attempt("anna", "anna's password", "10.0.0.2"), "good");
    EXPECT_EQ(attempt("bert", "bert's password"), "good");
}

TEST_F(Login, GuessesFromManyAddressesAndOfManyNamesAreSlowedDownToo) {
    for (int i = 0; i < 51; ++i)
        EXPECT_EQ(attempt("anna", "wrong", fmt::format("10.0.1.{}", i)), "not_authorized");
    EXPECT_EQ(attempt("anna", "wrong", "10.0.2.1"), "busy");
    EXPECT_EQ(attempt("bert", "bert's password", "10.0.2.1"), "good");
    for (int i = 0; i < 101; ++i) EXPECT_EQ(attempt(fmt::format("user{}", i), "wrong"), "not_authorized");
    EXPECT_EQ(attempt("bert", "bert's password"), "busy");
    now_ms_ += 2'000;
    EXPECT_EQ(attempt("bert", "bert's password"), "good");
}

TEST(LoginBackoff, ForgetsWhatIsLongAgoAndWhatDoesNotFit) {
    LoginBackoff backoff{{.free_failures = 0, .first_wait_ms = 1000, .longest_wait_ms = 4000}, 3};
    backoff.failed("a", 0);
    EXPECT_EQ(backoff.wait_ms("a", 0), 1000);
    for (int i = 0; i < 50; ++i) backoff.failed("a", 0);
    EXPECT_EQ(backoff.wait_ms("a", 1), 3999);
    backoff.failed("a", 300'000);  // as if it were the first
    EXPECT_EQ(backoff.wait_ms("a", 300'000), 1000);
    for (const auto* key : {"b", "c", "d"}) backoff.failed(key, 300'000);
    EXPECT_EQ(backoff.size(), 3u);
    EXPECT_EQ(backoff.wait_ms("a", 300'000), 0);
    backoff.failed("e", 700'000);
    EXPECT_EQ(backoff.size(), 1u);
    backoff.forget("e");
    EXPECT_EQ(backoff.wait_ms("e", 700'000), 0);
}

TEST_F(Login, OnlyFromThisMachineIsForThoseWhoAreNamed) {
    Authenticator other{random_, {.loopback_users = names_in("anna, bert,")}};
    const auto enter = [&](std::string_view user) {
        const auto password = std::string{user} + "'s password";
        return other.authenticate(builder_.now, {.user = user, .password = password, .address = "10.0.0.1"})
            .has_value();
    };
    EXPECT_TRUE(enter("guest"));
    EXPECT_FALSE(enter("anna"));
    EXPECT_FALSE(enter("bert"));
    EXPECT_TRUE(names_in("").empty());
}

}  // namespace
}  // namespace weir::access
