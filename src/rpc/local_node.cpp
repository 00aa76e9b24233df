// The URI in certificates, and the rule for plain text.
#include "rpc/local_node.hpp"

#include <charconv>

namespace weir::rpc {

namespace {

constexpr std::string_view scheme = "weir://";
constexpr std::string_view node_path = "/node/";

std::optional<NodeId> parse_node(std::string_view text) {
    NodeId node;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, node.value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || node.value < 0) return std::nullopt;
    return node;
}

std::optional<CertifiedName> parse_uri(std::string_view uri) {
    if (!uri.starts_with(scheme)) return std::nullopt;
    uri.remove_prefix(scheme.size());
    const auto slash = std::min(uri.find('/'), uri.size());
    const auto cluster_id = Uuid::parse(uri.substr(0, slash));
    if (!cluster_id) return std::nullopt;
    if (slash == uri.size()) return CertifiedName{*cluster_id, std::nullopt};
    uri.remove_prefix(slash);
    if (!uri.starts_with(node_path)) return std::nullopt;
    const auto node = parse_node(uri.substr(node_path.size()));
    if (!node) return std::nullopt;
    return CertifiedName{*cluster_id, node};
}

}  // namespace

std::string certified_uri(const CertifiedName& name) {
    auto uri = fmt::format("{}{}", scheme, name.cluster_id.text());
    if (name.node) uri += fmt::format("{}{}", node_path, name.node->value);
    return uri;
}

std::optional<CertifiedName> certified_name(const runtime::CertificateFacts& certificate) {
    for (const auto& uri : certificate.uris) {
        if (const auto name = parse_uri(uri)) return name;
    }
    return std::nullopt;
}

Result<void> check_local_node(const LocalNode& node, const runtime::Endpoint& endpoint) {
    const auto refused = [](std::string text) { return Error{Errc::invalid_argument, std::move(text)}; };
    if (!node.tls) {
        if (node.insecure || endpoint.is_loopback()) return {};
        return refused(
            fmt::format("nodes don't talk in plain text at {}, which other machines can reach: give the "
                        "node a certificate (`weir cluster certificate --help` tells how), or set "
                        "insecure",
                        endpoint.text()));
    }
    const auto* own = node.tls->own_certificate();
    if (own == nullptr || !node.tls->verifies_peers())
        return refused("a node's TLS needs its certificate and key, and its cluster's authority");
    const auto wanted = certified_uri({node.cluster_id, node.id});
    if (std::ranges::find(own->uris, wanted) != own->uris.end()) return {};
    return refused(fmt::format("this node's certificate ({}) is not that of {}", own->subject, wanted));
}

}  // namespace weir::rpc
