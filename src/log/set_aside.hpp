// Setting a whole store aside, journal and all, whose files are damaged where other nodes can fill it again.
#pragma once

#include <optional>
#include <string>

#include "base/uuid.hpp"
#include "runtime/file.hpp"

namespace weir::log {

inline constexpr std::uint64_t largest_loss_file = 64 * 1024;

// That the store's logs are lost, though other nodes have them; in a file of the directory until all logs
// that it held are known to be damaged ones (docs/formats/damage.md).
struct StoreLoss {
    Uuid store;                // keeps its id: the same node comes back
    std::uint32_t number = 1;  // of the directory's losses: what is set aside is named after it
    std::string what;          // was found, for log lines
    bool is_over = false;      // everything is set aside, and the directory is an empty store
    bool operator==(const StoreLoss&) const = default;
};

Bytes encode_loss(const StoreLoss& loss);
// Errors: corrupt.
Result<StoreLoss> decode_loss(ByteView content);

// Nothing: the directory's logs are not lost. Errors: corrupt, io_error.
Result<std::optional<StoreLoss>> read_loss(runtime::FileSystem& files, const std::string& directory);

// Renames journal, checkpoint and segments, so that an empty store can be made in their place, and notes that
// it was done. After a crash on the way the next call goes on. `what` was found. Errors: corrupt (nothing
// tells the store's id any more; all stays as it is), and the file system's.
Result<StoreLoss> begin_loss(runtime::FileSystem& files, const std::string& directory,
                             const std::string& what);
Result<StoreLoss> set_aside(runtime::FileSystem& files, const std::string& directory, StoreLoss loss);
// All logs that it was about have damage files of their own.
Result<void> end_loss(runtime::FileSystem& files, const std::string& directory);

// Whether anything is there that was set aside; not where the directory can't be listed.
bool has_set_aside(runtime::FileSystem& files, const std::string& directory);
// All that was set aside, files before the folders that they are in; what can't be listed is left out.
std::vector<std::string> set_aside_paths(runtime::FileSystem& files, const std::string& directory);

}  // namespace weir::log
