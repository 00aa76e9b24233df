// Checking passwords, and counting those that were wrong.
#include "broker/access/authenticator.hpp"

#include "broker/access/password.hpp"

namespace weir::access {

namespace {

// What an unknown user's password is checked against, so that it takes as long as a known one's.
const topology::Credential& nobody() {
    static const topology::Credential credential{.kind = topology::CredentialKind::scram_sha256,
                                                 .salt = Bytes(16),
                                                 .iterations = default_iterations,
                                                 .key = Bytes(32),
                                                 .server_key = {}};
    return credential;
}

}  // namespace

std::set<std::string, std::less<>> names_in(std::string_view text) {
    std::set<std::string, std::less<>> out;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        auto name = text.substr(0, end);
        while (name.starts_with(' ')) name.remove_prefix(1);
        while (name.ends_with(' ')) name.remove_suffix(1);
        if (!name.empty()) out.emplace(name);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

Authenticator::Authenticator(Random& random, AuthenticationRules rules)
    : rules_(std::move(rules)),
      secret_(32),
      by_user_at_address_(rules_.user_at_address),
      by_user_(rules_.user),
      by_address_(rules_.address) {
    random.fill(secret_);
}

bool Authenticator::is_right(const topology::User* user, std::string_view password) {
    if (user == nullptr || user->credentials.empty()) return (void)verify(nobody(), password), false;
    bool out = false;
    for (const auto& credential : user->credentials) out = is_right(credential, password) || out;
    return out;
}

bool Authenticator::is_right(const topology::Credential& credential, std::string_view password) {
    const auto print = fingerprint(secret_, credential, password);
    {
        const std::lock_guard lock{mutex_};
        if (known_.contains(print)) return true;
    }
    if (!verify(credential, password)) return false;
    const std::lock_guard lock{mutex_};
    if (known_.size() >= max_known_passwords) known_.clear();
    known_.insert(print);
    return true;
}

std::int64_t Authenticator::wait_ms(const Keys& keys, std::int64_t now_ms) {
    const std::lock_guard lock{mutex_};
    return std::max({by_user_at_address_.wait_ms(keys.user_at_address, now_ms),
                     by_user_.wait_ms(keys.user, now_ms), by_address_.wait_ms(keys.address, now_ms)});
}

void Authenticator::failed(const Keys& keys, std::int64_t now_ms) {
    const std::lock_guard lock{mutex_};
    by_user_at_address_.failed(keys.user_at_address, now_ms);
    by_user_.failed(keys.user, now_ms);
    by_address_.failed(keys.address, now_ms);
}

Result<topology::UserPtr> Authenticator::authenticate(const topology::Topology& topology,
                                                      const LoginAttempt& attempt) {
    const auto name = attempt.user.substr(0, topology::max_name_bytes);
    const Keys keys{fmt::format("{}\n{}", attempt.address, name), std::string{name},
                    std::string{attempt.address}};
    if (const auto wait = wait_ms(keys, attempt.now_ms); wait > 0) {
        return Error{Errc::busy, fmt::format("too many failed logins of '{}' or from {}: wait {} ms", name,
                                             attempt.address, wait)};
    }
    const auto& user = topology.user_shared(attempt.user);
    if (!is_right(user.get(), attempt.password)) {
        failed(keys, attempt.now_ms);
        return Error{Errc::not_authorized, "the user's name or the password is wrong"};
    }
    {
        const std::lock_guard lock{mutex_};
        by_user_at_address_.forget(keys.user_at_address);
    }
    if (!attempt.is_loopback && rules_.loopback_users.contains(attempt.user)) {
        return Error{Errc::not_authorized, fmt::format("user '{}' can only connect via localhost", name)};
    }
    return user;
}

}  // namespace weir::access
