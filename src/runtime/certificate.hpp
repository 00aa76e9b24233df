// X.509 certificates: making a cluster's own authority and what it signs, and reading what one says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace weir::runtime {

// What a certificate says of its owner.
struct CertificateFacts {
    std::string subject;            // as RFC 2253 writes it: "CN=node 1,O=weir"
    std::vector<std::string> uris;  // of the subject's alternative names
    std::int64_t not_after_s = 0;   // the last second of its life, since 1970-01-01 UTC
};

// A certificate and its private key, both in PEM.
struct CertifiedKey {
    std::string certificate;
    std::string key;
};

// What is to be certified. Times are seconds since 1970-01-01 UTC.
struct CertificateRequest {
    std::string common_name;  // at most 64 bytes (RFC 5280)
    std::vector<std::string> uris;
    std::vector<std::string> hosts;  // names and IP addresses by which clients connect
    std::int64_t not_before_s = 0;
    std::int64_t not_after_s = 0;
};

// A new key (ECDSA, P-256) and its certificate: an authority that signs itself, or what an authority signs,
// for both sides of TLS. Errors: invalid_argument (a name or a time that no certificate can hold, an
// authority's PEM that can't be read).
Result<CertifiedKey> make_authority(const CertificateRequest& request);
Result<CertifiedKey> make_certificate(const CertificateRequest& request, const CertifiedKey& authority);

// The facts of the first certificate in a PEM text. Errors: invalid_argument.
Result<CertificateFacts> read_certificate(const std::string& pem);

}  // namespace weir::runtime
