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

// The files `vote` and `vote-copy`: whichever is damaged, the other one has it.
class VoteFile {
  public:
    static Result<std::unique_ptr<VoteFile>> create(runtime::FileSystem& files, const std::string& directory,
                                                    const Vote& vote);
    // The newer of the two counts, and both hold it on return. Errors: not_found and corrupt (of both),
    // unsupported, no_space, io_error.
    static Result<std::unique_ptr<VoteFile>> open(runtime::FileSystem& files, const std::string& directory);

    const Vote& vote() const { return vote_; }
    // Durable on return. An error is final, as one of File::sync_data().
    Result<void> save(const Vote& vote);

  private:
    VoteFile() = default;

    std::unique_ptr<TwoSlotFile> file_, copy_;
    Vote vote_;
};

}  // namespace weir::consensus
