// Who a data directory belongs to: its cluster and its node, written once when it is formatted.
#pragma once

#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "runtime/file.hpp"

namespace weir::consensus {

struct Identity {
    Uuid cluster_id;
    NodeId node;  // never given again once its directory is lost
    bool operator==(const Identity&) const = default;
};

// The file `identity` of a metadata directory, or its copy `identity-copy`; none if neither is there. Errors:
// corrupt (what is there does not hold), unsupported, io_error.
Result<std::optional<Identity>> read_identity(runtime::FileSystem& files, const std::string& directory);
// Both files, as far as they are not that already.
Result<void> write_identity(runtime::FileSystem& files, const std::string& directory,
                            const Identity& identity);

}  // namespace weir::consensus
