// Hashing by OpenSSL.
#include "broker/access/password.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/assert.hpp"

namespace weir::access {

using topology::Credential;
using topology::CredentialKind;

namespace {

constexpr std::size_t imported_salt_bytes = 4;
constexpr std::size_t new_salt_bytes = 16;

bool is_scram(CredentialKind kind) {
    return kind == CredentialKind::scram_sha256 || kind == CredentialKind::scram_sha512;
}

const EVP_MD* digest_of(CredentialKind kind) {
    const bool is_long = kind == CredentialKind::salted_sha512 || kind == CredentialKind::scram_sha512;
    return is_long ? EVP_sha512() : EVP_sha256();
}

std::size_t hash_bytes(CredentialKind kind) {
    return static_cast<std::size_t>(EVP_MD_get_size(digest_of(kind)));
}

Bytes hash(CredentialKind kind, ByteView data) {
    Bytes out(hash_bytes(kind));
    const auto done = EVP_Digest(data.data(), data.size(), out.data(), nullptr, digest_of(kind), nullptr);
    ASSERT(done == 1);
    return out;
}

Bytes salted_hash(CredentialKind kind, const Bytes& salt, std::string_view password) {
    auto data = salt;
    const auto bytes = as_bytes(password);
    data.insert(data.end(), bytes.begin(), bytes.end());
    auto out = hash(kind, data);
    OPENSSL_cleanse(data.data(), data.size());
    return out;
}

Bytes keyed(CredentialKind kind, const Bytes& key, std::string_view text) {
    Bytes out(hash_bytes(kind));
    const auto data = as_bytes(text);
    const auto* done = HMAC(digest_of(kind), key.data(), static_cast<int>(key.size()), data.data(),
                            data.size(), out.data(), nullptr);
    ASSERT(done != nullptr);
    return out;
}

// RFC 5802's SaltedPassword.
Bytes stretched(const Credential& like, std::string_view password) {
    Bytes out(hash_bytes(like.kind));
    const auto done =
        PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), like.salt.data(),
                          static_cast<int>(like.salt.size()), static_cast<int>(std::max(like.iterations, 1u)),
                          digest_of(like.kind), static_cast<int>(out.size()), out.data());
    ASSERT(done == 1);
    return out;
}

Bytes key_of(const Credential& like, std::string_view password) {
    if (!is_scram(like.kind)) return salted_hash(like.kind, like.salt, password);
    return hash(like.kind, keyed(like.kind, stretched(like, password), "Client Key"));
}

}  // namespace

Result<Credential> make_credential(std::string_view password, Random& random, std::uint32_t iterations) {
    if (password.empty() || password.size() > max_password_bytes) {
        return Error{Errc::invalid_argument,
                     fmt::format("a password has from 1 to {} bytes", max_password_bytes)};
    }
    Credential out{
        .kind = CredentialKind::scram_sha256, .salt = Bytes(new_salt_bytes), .iterations = iterations};
    random.fill(out.salt);
    const auto salted = stretched(out, password);
    out.key = hash(out.kind, keyed(out.kind, salted, "Client Key"));
    out.server_key = keyed(out.kind, salted, "Server Key");
    return out;
}

Result<std::vector<Credential>> make_credentials(std::string_view password, Random& random) {
    auto stretched_one = make_credential(password, random);
    if (!stretched_one) return stretched_one.error();
    Credential exportable{.kind = CredentialKind::salted_sha256, .salt = Bytes(imported_salt_bytes)};
    random.fill(exportable.salt);
    exportable.key = salted_hash(exportable.kind, exportable.salt, password);
    return std::vector{std::move(*stretched_one), std::move(exportable)};
}

bool verify(const Credential& credential, std::string_view password) {
    if (password.size() > max_password_bytes) return false;
    const auto key = key_of(credential, password);
    return key.size() == credential.key.size() &&
           CRYPTO_memcmp(key.data(), credential.key.data(), key.size()) == 0;
}

std::string fingerprint(ByteView secret, const Credential& credential, std::string_view password) {
    auto data = credential.salt;
    data.insert(data.end(), credential.key.begin(), credential.key.end());
    const auto own = keyed(CredentialKind::scram_sha256, {secret.begin(), secret.end()}, as_text(data));
    const auto out = keyed(CredentialKind::scram_sha256, own, password);
    return std::string{as_text(out)};
}

Result<Credential> import_hash(CredentialKind kind, std::string_view base64) {
    if (is_scram(kind)) return Error{Errc::unsupported, "such a hash is not made of a salt and one round"};
    const auto bytes = from_base64(base64);
    if (!bytes) return bytes.error();
    if (bytes->size() != imported_salt_bytes + hash_bytes(kind)) {
        return Error{Errc::invalid_argument,
                     fmt::format("a password's hash has {} bytes and a salt of {}, this has {} in all",
                                 hash_bytes(kind), imported_salt_bytes, bytes->size())};
    }
    Credential out{.kind = kind};
    out.salt.assign(bytes->begin(), bytes->begin() + imported_salt_bytes);
    out.key.assign(bytes->begin() + imported_salt_bytes, bytes->end());
    return out;
}

std::string export_hash(const Credential& credential) {
    if (is_scram(credential.kind)) return {};
    auto bytes = credential.salt;
    bytes.insert(bytes.end(), credential.key.begin(), credential.key.end());
    return to_base64(bytes);
}

std::string to_base64(ByteView bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the end of a C string, too
    const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(),
                                      static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

Result<Bytes> from_base64(std::string_view text) {
    const Error wrong{Errc::invalid_argument, "this is no base64"};
    constexpr std::size_t most = 1 << 20;
    if (text.size() % 4 != 0 || text.size() > most) return wrong;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    if (text.substr(0, text.size() - padding).find_first_of("= \t\r\n") != std::string_view::npos)
        return wrong;
    Bytes out(text.size() / 4 * 3);
    const auto size = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()));
    if (size < 0) return wrong;
    out.resize(static_cast<std::size_t>(size) - padding);
    return out;
}

}  // namespace weir::access
