// Who may do what: users, how they prove who they are, and their permissions.
#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.hpp"
#include "metadata/topology/entities.hpp"

namespace weir::topology {

// Why a command can't be applied: corrupt.
Error misfit(std::string text);

inline constexpr std::size_t max_users = 1'000'000;
inline constexpr std::size_t max_permissions = 10'000'000;  // of each of the two kinds
inline constexpr std::size_t max_credentials = 8;           // of one user
inline constexpr std::size_t max_salt_bytes = 64;
inline constexpr std::size_t max_hash_bytes = 64;
inline constexpr std::uint32_t max_iterations = 1'000'000;

// Numbers are on disk.
enum class CredentialKind : std::uint8_t {
    salted_sha256 = 1,  // one round: what definition files of older brokers have
    salted_sha512 = 2,
    scram_sha256 = 3,  // PBKDF2; good for SCRAM (RFC 7677), and for a password that is sent
    scram_sha512 = 4,
};

// What a password can be checked against, without being it.
struct Credential {
    CredentialKind kind = CredentialKind::scram_sha256;
    Bytes salt{};
    std::uint32_t iterations = 1;
    Bytes key{};         // the hash; of SCRAM: the stored key
    Bytes server_key{};  // of SCRAM only
    bool operator==(const Credential&) const = default;
};

struct User {
    std::string name;
    std::vector<Credential> credentials{};  // any of them will do; none: no password lets this user in
    std::vector<std::string> tags{};
    Table settings{};  // limits, by name: max-connections, max-channels
    bool operator==(const User&) const = default;
};

// What a user may do in a virtual host, as patterns of resources' names. "" matches only the empty name.
struct Permissions {
    std::string user;
    std::string host;
    std::string configure;
    std::string write;
    std::string read;
    Pattern configure_pattern{}, write_pattern{}, read_pattern{};  // derived
    bool operator==(const Permissions& other) const {
        return std::tie(user, host, configure, write, read) ==
               std::tie(other.user, other.host, other.configure, other.write, other.read);
    }
};

// For one exchange, which keys a user may publish and bind with; without an entry: all. In the patterns,
// {username} and {vhost} stand for these, taken literally.
struct TopicPermissions {
    std::string user;
    std::string host;
    std::string exchange;
    std::string write;
    std::string read;
    Pattern write_pattern{}, read_pattern{};  // derived
    bool operator==(const TopicPermissions& other) const {
        return std::tie(user, host, exchange, write, read) ==
               std::tie(other.user, other.host, other.exchange, other.write, other.read);
    }
};

using UserPtr = std::shared_ptr<const User>;
using PermissionsPtr = std::shared_ptr<const Permissions>;
using TopicPermissionsPtr = std::shared_ptr<const TopicPermissions>;

// Permission patterns as they are matched: "" as ^$; of a topic permission with the names put in.
std::string permission_pattern(std::string_view text);
std::string topic_permission_pattern(std::string_view text, std::string_view user, std::string_view host);

}  // namespace weir::topology
