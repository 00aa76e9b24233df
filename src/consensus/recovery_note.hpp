// That a node's metadata log was damaged, and is being filled again by the others: until then it must not
// vote (docs/decisions/0023).
#pragma once

#include <optional>
#include <string>

#include "consensus/metadata_log.hpp"
#include "runtime/file.hpp"

namespace weir::consensus {

// The file `recovering`: the log has all that it may ever have acknowledged once it holds an entry of this
// term or a later one. None: the log was never damaged, or has come back. A note that is damaged itself names
// a term that no entry has. Errors: unsupported, io_error.
Result<std::optional<LogTerm>> read_recovery(runtime::FileSystem& files, const std::string& directory);
// Durable on return, as end_recovery() is.
Result<void> write_recovery(runtime::FileSystem& files, const std::string& directory, LogTerm until);
Result<void> end_recovery(runtime::FileSystem& files, const std::string& directory);

}  // namespace weir::consensus
