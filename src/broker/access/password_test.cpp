// Passwords: hashes that other programs made, and those made here.
#include "broker/access/password.hpp"

#include <gtest/gtest.h>

namespace weir::access {
namespace {

using topology::Credential;
using topology::CredentialKind;

TEST(Password, VerifiesTheHashesOfDefinitionFiles) {
    // The example in RabbitMQ's documentation.
    const auto sha256 =
        import_hash(CredentialKind::salted_sha256, "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
    ASSERT_TRUE(sha256);
    EXPECT_TRUE(verify(*sha256, "test12"));
    EXPECT_FALSE(verify(*sha256, "test13"));
    EXPECT_FALSE(verify(*sha256, ""));
    EXPECT_EQ(export_hash(*sha256), "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
    // By Python's hashlib: salt 01020304.
    const auto sha512 = import_hash(
        CredentialKind::salted_sha512,
        "AQIDBPhTH2L5HGYB1LWOrn+YpvuQmVOXKGqgsuiJRIZTILRoEvblSJo/WAsym3IZTfuaIaK5KR2o5KwFfTv6KsxfMIE=");
    ASSERT_TRUE(sha512);
    EXPECT_TRUE(verify(*sha512, "secret"));
    EXPECT_FALSE(verify(*sha512, "secret "));
}

TEST(Password, HashesOfAnotherLengthAreRefused) {
    const auto outcome = [](std::string_view text) {
        return import_hash(CredentialKind::salted_sha256, text).error().code;
    };
    EXPECT_EQ(outcome("kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2PO"), Errc::invalid_argument);
    EXPECT_EQ(outcome("kI3G"), Errc::invalid_argument);
    EXPECT_EQ(outcome(""), Errc::invalid_argument);
    EXPECT_EQ(outcome("!!!!"), Errc::invalid_argument);
    EXPECT_EQ(import_hash(CredentialKind::scram_sha256, "kI3G").error().code, Errc::unsupported);
}

// RFC 7677, section 3: the keys that give the proof and the signature of its example (by Python's hashlib).
TEST(Password, StretchesAsScramDoes) {
    Credential credential{.kind = CredentialKind::scram_sha256,
                          .salt = *from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="),
                          .iterations = 4096,
                          .key = *from_base64("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")};
    EXPECT_TRUE(verify(credential, "pencil"));
    EXPECT_FALSE(verify(credential, "pencils"));
    credential.iterations = 4097;
    EXPECT_FALSE(verify(credential, "pencil"));
}

TEST(Password, NewCredentialsAreSaltedAndVerify) {
    SeededRandom random{1};
    const auto first = make_credential("secret", random), second = make_credential("secret", random);
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(verify(*first, "secret"));
    EXPECT_FALSE(verify(*first, "Secret"));
    EXPECT_NE(first->salt, second->salt);
    EXPECT_NE(first->key, second->key);
    EXPECT_NE(first->key, first->server_key);
    EXPECT_EQ(export_hash(*first), "");
    EXPECT_FALSE(make_credential("", random));
    EXPECT_FALSE(make_credential(std::string(max_password_bytes + 1, 'x'), random));
    EXPECT_FALSE(verify(*first, std::string(max_password_bytes + 1, 'x')));
}

TEST(Password, OneOfItsCredentialsCanBeExported) {
    SeededRandom random{1};
    const auto made = make_credentials("secret", random);
    ASSERT_TRUE(made && made->size() == 2);
    for (const auto& one : *made) {
        EXPECT_TRUE(verify(one, "secret"));
        EXPECT_FALSE(verify(one, "Secret"));
    }
    const auto back = import_hash(CredentialKind::salted_sha256, export_hash(made->at(1)));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, made->at(1));
    EXPECT_FALSE(make_credentials("", random));
}

TEST(Base64, ThereAndBack) {
    for (std::size_t size = 0; size < 10; ++size) {
        const Bytes bytes(size, 0xfb);
        EXPECT_EQ(*from_base64(to_base64(bytes)), bytes);
    }
    EXPECT_EQ(to_base64(as_bytes("weir")), "d2Vpcg==");
    for (const auto* wrong : {"d2Vpcg=", "d2Vpcg", "====", "d2V=cg==", "d2Vp\ncg="})
        EXPECT_FALSE(from_base64(wrong)) << wrong;
}

}  // namespace
}  // namespace weir::access
