// Who someone is: users and passwords, with patience for guessers running out.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/random.hpp"
#include "base/result.hpp"
#include "broker/access/login_backoff.hpp"
#include "metadata/topology/topology.hpp"

namespace weir::access {

struct AuthenticationRules {
    // Of one user's name from one address; of the name from anywhere; of one address with any names. The last
    // two are lenient, so that nobody can lock others out for long.
    BackoffRule user_at_address{};
    BackoffRule user{.free_failures = 50, .longest_wait_ms = 2'000};
    BackoffRule address{.free_failures = 100, .longest_wait_ms = 2'000};
    // Who gets in only from this machine, because everybody knows the password.
    std::set<std::string, std::less<>> loopback_users{"guest"};
};

// The names in a text, with commas between them.
std::set<std::string, std::less<>> names_in(std::string_view text);

struct LoginAttempt {
    std::string_view user;
    std::string_view password;
    std::string_view address;  // of the peer, without the port
    bool is_loopback = false;
    std::int64_t now_ms = 0;  // of a clock that never goes back
};

inline constexpr std::size_t max_known_passwords = 10'000;

// Safe from any thread. The first check of a password takes milliseconds, by design, and holds no lock
// meanwhile; those that were right are known again at once, so that many short connections cost little.
class Authenticator {
  public:
    // `random` must be good for secrets; it is used here only.
    explicit Authenticator(Random& random, AuthenticationRules rules = {});

    // The user, if the password is right. Errors: not_authorized (the same for an unknown user and a wrong
    // password, after the same time; or a loopback user from elsewhere), busy (too many failures: the message
    // says for how long).
    Result<topology::UserPtr> authenticate(const topology::Topology& topology, const LoginAttempt& attempt);

  private:
    struct Keys {
        std::string user_at_address, user, address;
    };
    bool is_right(const topology::User* user, std::string_view password);
    bool is_right(const topology::Credential& credential, std::string_view password);
    std::int64_t wait_ms(const Keys& keys, std::int64_t now_ms);
    void failed(const Keys& keys, std::int64_t now_ms);

    AuthenticationRules rules_;
    Bytes secret_;
    std::mutex mutex_;                       // guards what is below
    std::unordered_set<std::string> known_;  // fingerprints of passwords that were right
    LoginBackoff by_user_at_address_;
    LoginBackoff by_user_;
    LoginBackoff by_address_;
};

}  // namespace weir::access
