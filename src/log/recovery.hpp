// What a data directory held when the last process left it: checkpoint, then the journal's tail, replayed.
#pragma once

#include <set>

#include "log/checkpoint.hpp"
#include "log/set_aside.hpp"
#include "log/topic_files.hpp"

namespace weir::log {

struct Recovered {
    Uuid store;
    std::vector<LogState> logs;
    std::vector<RemovedLog> removed;
    JournalPosition journal;  // where to go on writing
    std::set<std::uint64_t> journal_files;
    UnwantedFiles unwanted;
    std::uint64_t replayed_rounds = 0;
    std::uint64_t replayed_bytes = 0;  // of journal
    std::optional<StoreLoss> loss;     // the store is a new one, in the place of one that was set aside
};

// Finds where the logs end, and cuts what lies behind. What the segments may lack is left to their repairs,
// and files that belong to no log are only named: 10,000 files need not be written or removed before the
// first client is served. `clean`: the last process stopped in order. Makes an empty store of an empty
// directory, with the id `store` if it is given. Errors: corrupt (what was durable is damaged), unsupported,
// no_space, io_error.
Result<Recovered> recover(runtime::FileSystem& files, const std::string& directory, bool clean,
                          std::optional<Uuid> store = {});

// The same where other nodes have what the directory holds: a store that is damaged beyond one of its logs is
// set aside, and there is an empty one in its place.
Result<Recovered> recover_or_set_aside(runtime::FileSystem& files, const std::string& directory, bool clean);

}  // namespace weir::log
