// Passwords: what is stored of them, and whether one is right.
#pragma once

#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"
#include "metadata/topology/accounts.hpp"

namespace weir::access {

inline constexpr std::uint32_t default_iterations = 4096;  // RFC 7677's least
inline constexpr std::size_t max_password_bytes = 1024;

// What to store of a password: good for SCRAM-SHA-256 and for a password that is sent. `random` must be good
// for secrets. The password is taken byte for byte (no SASLprep). invalid_argument: empty or too long.
Result<topology::Credential> make_credential(std::string_view password, Random& random,
                                             std::uint32_t iterations = default_iterations);

// The same, and a hash that export_hash() can write, so that a file of definitions takes the password along.
Result<std::vector<topology::Credential>> make_credentials(std::string_view password, Random& random);

// In time that does not depend on where the two differ.
bool verify(const topology::Credential& credential, std::string_view password);

// Names the password and the credential by a hash that needs `secret`: to know one again that was right,
// without keeping it and without the work of verify().
std::string fingerprint(ByteView secret, const topology::Credential& credential, std::string_view password);

// A hash as definition files have it: base64 of a salt of 4 bytes and the hash of salt and password.
// invalid_argument: it is not one; unsupported: `kind` is none of the salted ones.
Result<topology::Credential> import_hash(topology::CredentialKind kind, std::string_view base64);
// The other way; empty for SCRAM's.
std::string export_hash(const topology::Credential& credential);

std::string to_base64(ByteView bytes);
// invalid_argument
Result<Bytes> from_base64(std::string_view text);

}  // namespace weir::access
