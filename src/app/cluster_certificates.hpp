// A cluster's authority and its nodes' certificates as files of a directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"

namespace weir::app {

struct CertificatePaths {
    std::string certificate;
    std::string key;
};
CertificatePaths authority_paths(const std::string& directory);
CertificatePaths node_paths(const std::string& directory, NodeId node);

// Both make the directory if it is not there; files are readable by their owner alone, and none is
// overwritten. `now_s` is the time, in seconds since 1970-01-01 UTC. Errors: already_exists, io_error,
// invalid_argument.
Result<void> make_cluster_authority(const std::string& directory, Uuid cluster_id, std::int64_t days,
                                    std::int64_t now_s);

struct NodeCertificate {
    NodeId node;
    std::vector<std::string> hosts;  // names and addresses by which clients reach it
    std::int64_t days = 0;           // not beyond the authority's own end
};
// The id of the cluster. Errors, besides those above: not_found (there is no authority in the directory).
Result<Uuid> make_node_certificate(const std::string& directory, const NodeCertificate& wanted,
                                   std::int64_t now_s);

}  // namespace weir::app
