// The certificates that the configuration names for the port between nodes.
#pragma once

#include "app/config.hpp"
#include "runtime/file.hpp"
#include "runtime/tls_context.hpp"

namespace weir::app {

// Null where none are configured. Errors: those of the files.
inline Result<std::shared_ptr<runtime::TlsContext>> cluster_tls(const Config& config) {
    if (config.cluster_certificate.empty()) return std::shared_ptr<runtime::TlsContext>{};
    return runtime::TlsContext::load(runtime::posix_file_system(),
                                     {.certificates = config.cluster_certificate,
                                      .key = config.cluster_key,
                                      .authority = config.cluster_authority});
}

}  // namespace weir::app
