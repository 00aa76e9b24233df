// Who this node is among the cluster's, and how it proves it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "runtime/endpoint.hpp"
#include "runtime/tls_context.hpp"

namespace weir::rpc {

struct LocalNode {
    Uuid cluster_id;
    NodeId id;
    // A random number for each run of the process, not 0: tells an old run's streams from this one's.
    std::uint64_t incarnation = 0;
    // None: nodes talk in plain text and believe what the other says of itself.
    std::shared_ptr<runtime::TlsContext> tls;
    bool insecure = false;  // plain text even on addresses that other machines reach
};

// Whom a certificate names, in a URI among the subject's alternative names: a cluster's authority
// "weir://<cluster id>", a node "weir://<cluster id>/node/<node id>". Cluster ids are compared letter by
// letter.
struct CertifiedName {
    Uuid cluster_id;
    std::optional<NodeId> node;
    bool operator==(const CertifiedName&) const = default;
};
std::string certified_uri(const CertifiedName& name);
// The first such URI; nothing if there is none.
std::optional<CertifiedName> certified_name(const runtime::CertificateFacts& certificate);

// Whether the node may talk at `endpoint`, its own or another node's: with a certificate that names it and an
// authority, or in plain text on this machine, or if it is insecure. Errors: invalid_argument, with what to
// do.
Result<void> check_local_node(const LocalNode& node, const runtime::Endpoint& endpoint);

}  // namespace weir::rpc
