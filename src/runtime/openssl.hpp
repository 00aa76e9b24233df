// Owners of OpenSSL's objects, and its errors as text; seen by runtime/ alone.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "runtime/certificate.hpp"

namespace weir::runtime {

template <auto free_it>
struct FreeBy {
    template <class T>
    void operator()(T* object) const {
        free_it(object);
    }
};

using BioPointer = std::unique_ptr<BIO, FreeBy<BIO_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, FreeBy<X509_free>>;
using SslPointer = std::unique_ptr<SSL, FreeBy<SSL_free>>;
using SslContextPointer = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;

// The oldest of this thread's OpenSSL errors in words; all of them are forgotten.
std::string openssl_error();
// Errc::invalid_argument: what is not possible, and that error.
Error refused_by_openssl(std::string_view what);

BioPointer pem_reader(const std::string& pem);
// All certificates of a PEM text, in order; what is no certificate is passed over.
std::vector<X509Pointer> certificates_in(const std::string& pem);
KeyPointer private_key_in(const std::string& pem);  // null if there is none, or it needs a password
CertificateFacts facts_of(X509* certificate);

}  // namespace weir::runtime
