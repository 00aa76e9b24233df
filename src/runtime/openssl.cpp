// Reading PEM and certificates by OpenSSL.
#include "runtime/openssl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>

namespace weir::runtime {

namespace {

// Never asks on the terminal.
int no_password(char*, int, int, void*) {
    return -1;
}

std::string text_of(const X509_NAME* name) {
    const BioPointer out{BIO_new(BIO_s_mem())};
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::vector<std::string> uris_of(X509* certificate) {
    const std::unique_ptr<GENERAL_NAMES, FreeBy<GENERAL_NAMES_free>> names{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    std::vector<std::string> uris;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_URI) continue;
        const auto* text = name->d.uniformResourceIdentifier;
        uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                          static_cast<std::size_t>(ASN1_STRING_length(text)));
    }
    return uris;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? ::timegm(&parts) : 0;
}

}  // namespace

std::string openssl_error() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "no reason given";
    if (const auto* reason = ERR_reason_error_string(code); reason != nullptr) return reason;
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

Error refused_by_openssl(std::string_view what) {
    return {Errc::invalid_argument, fmt::format("{}: {}", what, openssl_error())};
}

BioPointer pem_reader(const std::string& pem) {
    return BioPointer{
        BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), INT_MAX)))};
}

std::vector<X509Pointer> certificates_in(const std::string& pem) {
    std::vector<X509Pointer> found;
    const auto in = pem_reader(pem);
    while (auto* certificate = PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr)) {
        found.emplace_back(certificate);
    }
    ERR_clear_error();  // the end of the text counts as one
    return found;
}

KeyPointer private_key_in(const std::string& pem) {
    return KeyPointer{PEM_read_bio_PrivateKey(pem_reader(pem).get(), nullptr, no_password, nullptr)};
}

CertificateFacts facts_of(X509* certificate) {
    return {.subject = text_of(X509_get_subject_name(certificate)),
            .uris = uris_of(certificate),
            .not_after_s = seconds_of(X509_get0_notAfter(certificate))};
}

}  // namespace weir::runtime
