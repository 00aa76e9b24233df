// The newest term that this node has seen and whom it voted for in it: what must never be forgotten.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "consensus/metadata_log.hpp"
#include "consensus/two_slot_file.hpp"

namespace weir::consensus {

struct Vote {
    LogTerm term = 0;
    std::optional<NodeId> voted_for;
    bool operator==(const Vote&) const = default;
};

// The file `vote`.
class VoteFile {
  public:
    static Result<std::unique_ptr<VoteFile>> create(runtime::FileSystem& files, const std::string& directory,
                                                    const Vote& vote);
    // Errors: not_found, corrupt, unsupported, io_error.
    static Result<std::unique_ptr<VoteFile>> open(runtime::FileSystem& files, const std::string& directory);

    const Vote& vote() const { return vote_; }
    // Durable on return. An error is final, as one of File::sync_data().
    Result<void> save(const Vote& vote);

  private:
    VoteFile(std::unique_ptr<TwoSlotFile> file, const Vote& vote) : file_(std::move(file)), vote_(vote) {}

    std::unique_ptr<TwoSlotFile> file_;
    Vote vote_;
};

}  // namespace weir::consensus
