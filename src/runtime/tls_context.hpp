// What one side of TLS brings along: its certificate and key, and the authority that its peers must come
// from.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "runtime/certificate.hpp"
#include "runtime/file.hpp"

namespace weir::runtime {

// PEM texts, or (for load) the files that hold them. Any may be empty, see below.
struct TlsMaterial {
    std::string certificates;  // its own, then those between it and the authority
    std::string key;           // of its own certificate, without a password
    std::string authority;     // certificates of those who may vouch for a peer
};

// TLS 1.3, or 1.2 for clients that know no better. With an authority, both sides demand a certificate of the
// peer and verify it (RFC 8446 section 4.4.2.4); a server without one takes any client, and nobody connects
// without one. A server needs a certificate. Immutable; safe from any thread.
class TlsContext {
  public:
    // Errors: invalid_argument, with which text is wrong; those of read_file.
    static Result<std::shared_ptr<TlsContext>> make(const TlsMaterial& material);
    static Result<std::shared_ptr<TlsContext>> load(FileSystem& files, const TlsMaterial& paths);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    // Of the own certificate; null without one.
    const CertificateFacts* own_certificate() const;
    bool verifies_peers() const;

    struct Impl;  // of runtime/ only
    Impl& impl() const { return *impl_; }

  private:
    explicit TlsContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace weir::runtime
