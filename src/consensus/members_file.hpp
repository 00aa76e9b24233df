// Who the group's members are, beside the log that says so: if that is damaged, this tells whether there are
// others that have what it held.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consensus/metadata_log.hpp"
#include "runtime/file.hpp"

namespace weir::consensus {

// The file `members`; none if it is not there or does not hold. Errors: unsupported, io_error.
Result<std::optional<std::vector<Member>>> read_members(runtime::FileSystem& files,
                                                        const std::string& directory);
Result<void> write_members(runtime::FileSystem& files, const std::string& directory,
                           const std::vector<Member>& members);

// Whether the members but `self` can elect a leader without it. Pure.
bool can_elect_without(NodeId self, const std::vector<Member>& members);

}  // namespace weir::consensus
