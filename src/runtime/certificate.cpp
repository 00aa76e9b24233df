// Keys, extensions and signatures by OpenSSL.
#include "runtime/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "runtime/openssl.hpp"

namespace weir::runtime {

namespace {

constexpr int x509_version_3 = 2;  // counted from 0
constexpr int serial_bytes = 16;

// Which fixed extensions an authority, or what it signs, has.
struct Extension {
    int id;
    const char* value;
};
constexpr Extension authority_extensions[] = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                              {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                              {NID_subject_key_identifier, "hash"}};
constexpr Extension leaf_extensions[] = {{NID_basic_constraints, "critical,CA:FALSE"},
                                         {NID_key_usage, "critical,digitalSignature"},
                                         {NID_ext_key_usage, "serverAuth,clientAuth"},
                                         {NID_subject_key_identifier, "hash"},
                                         {NID_authority_key_identifier, "keyid:always"}};

bool add_extensions(X509* certificate, X509* issuer, std::span<const Extension> extensions) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    return std::ranges::all_of(extensions, [&](const Extension& each) {
        const std::unique_ptr<X509_EXTENSION, FreeBy<X509_EXTENSION_free>> made{
            X509V3_EXT_conf_nid(nullptr, &context, each.id, each.value)};
        return made && X509_add_ext(certificate, made.get(), -1) == 1;
    });
}

using NamePointer = std::unique_ptr<GENERAL_NAME, FreeBy<GENERAL_NAME_free>>;
using NamesPointer = std::unique_ptr<GENERAL_NAMES, FreeBy<GENERAL_NAMES_free>>;

NamePointer text_name(int type, const std::string& text) {
    auto* value = ASN1_IA5STRING_new();
    ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
    NamePointer name{GENERAL_NAME_new()};
    GENERAL_NAME_set0_value(name.get(), type, value);
    return name;
}

NamePointer host_name(const std::string& host) {
    auto* address = a2i_IPADDRESS(host.c_str());
    if (address == nullptr) return text_name(GEN_DNS, host);
    NamePointer name{GENERAL_NAME_new()};
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
    return name;
}

bool add_names(X509* certificate, const CertificateRequest& request) {
    const NamesPointer names{GENERAL_NAMES_new()};
    for (const auto& uri : request.uris) {
        sk_GENERAL_NAME_push(names.get(), text_name(GEN_URI, uri).release());
    }
    for (const auto& host : request.hosts) {
        sk_GENERAL_NAME_push(names.get(), host_name(host).release());
    }
    return sk_GENERAL_NAME_num(names.get()) == 0 ||
           X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

bool set_serial(X509* certificate) {
    std::array<unsigned char, serial_bytes> bytes;
    if (RAND_bytes(bytes.data(), serial_bytes) != 1) return false;
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, and of full length
    const std::unique_ptr<BIGNUM, FreeBy<BN_free>> number{BN_bin2bn(bytes.data(), serial_bytes, nullptr)};
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_subject(X509* certificate, const std::string& common_name) {
    const auto add = [&](const char* field, const std::string& text) {
        return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(text.data()),
                                          static_cast<int>(text.size()), -1, 0) == 1;
    };
    return add("O", "weir") && add("CN", common_name);
}

// All but what an issuer adds.
Result<X509Pointer> begin_certificate(const CertificateRequest& request, EVP_PKEY* key) {
    X509Pointer made{X509_new()};
    auto* certificate = made.get();
    if (!add_subject(certificate, request.common_name)) {
        return refused_by_openssl(fmt::format("a certificate can't bear the name '{}'", request.common_name));
    }
    if (request.not_before_s > request.not_after_s ||
        ASN1_TIME_set(X509_getm_notBefore(certificate), request.not_before_s) == nullptr ||
        ASN1_TIME_set(X509_getm_notAfter(certificate), request.not_after_s) == nullptr) {
        return refused_by_openssl("a certificate can't have this life");
    }
    if (X509_set_version(certificate, x509_version_3) != 1 || !set_serial(certificate) ||
        X509_set_pubkey(certificate, key) != 1 || !add_names(certificate, request)) {
        return refused_by_openssl("no certificate could be made");
    }
    return made;
}

Result<void> sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key,
                  std::span<const Extension> extensions) {
    if (X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
        !add_extensions(certificate, issuer, extensions) ||
        X509_sign(certificate, issuer_key, EVP_sha256()) == 0) {
        return refused_by_openssl("the certificate could not be signed");
    }
    return {};
}

std::string content_of(BIO* out) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out, &data);
    return {data, static_cast<std::size_t>(size)};
}

Result<CertifiedKey> to_pem(X509* certificate, EVP_PKEY* key) {
    const BioPointer certificate_out{BIO_new(BIO_s_mem())};
    const BioPointer key_out{BIO_new(BIO_s_secmem())};
    if (PEM_write_bio_X509(certificate_out.get(), certificate) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(key_out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return refused_by_openssl("the certificate could not be written");
    }
    return CertifiedKey{content_of(certificate_out.get()), content_of(key_out.get())};
}

}  // namespace

Result<CertifiedKey> make_authority(const CertificateRequest& request) {
    const KeyPointer key{EVP_EC_gen("P-256")};
    auto certificate = begin_certificate(request, key.get());
    if (!certificate) return certificate.error();
    auto* itself = certificate->get();
    if (auto done = sign(itself, itself, key.get(), authority_extensions); !done) return done.error();
    return to_pem(itself, key.get());
}

Result<CertifiedKey> make_certificate(const CertificateRequest& request, const CertifiedKey& authority) {
    const auto issuers = certificates_in(authority.certificate);
    const auto issuer_key = private_key_in(authority.key);
    if (issuers.empty() || !issuer_key || X509_check_private_key(issuers[0].get(), issuer_key.get()) != 1) {
        return refused_by_openssl(
            "the authority's certificate and key can't be read, or don't belong together");
    }
    const KeyPointer key{EVP_EC_gen("P-256")};
    auto certificate = begin_certificate(request, key.get());
    if (!certificate) return certificate.error();
    if (auto done = sign(certificate->get(), issuers[0].get(), issuer_key.get(), leaf_extensions); !done) {
        return done.error();
    }
    return to_pem(certificate->get(), key.get());
}

Result<CertificateFacts> read_certificate(const std::string& pem) {
    const auto found = certificates_in(pem);
    if (found.empty()) return Error{Errc::invalid_argument, "there is no certificate in PEM form"};
    return facts_of(found[0].get());
}

}  // namespace weir::runtime
