// What a TlsContext is made of: seen by runtime/ alone.
#pragma once

#include <optional>

#include "runtime/openssl.hpp"
#include "runtime/tls_context.hpp"

namespace weir::runtime {

struct TlsContext::Impl {
    SslContextPointer context;
    std::optional<CertificateFacts> own;
    bool verifies_peers = false;
};

}  // namespace weir::runtime
