// The metadata log on a consensus engine that others trust (libraft): one class for a group of one node and
// of many.
#pragma once

#include <functional>
#include <memory>

#include "base/executor.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "consensus/log_storage.hpp"
#include "consensus/metadata_log.hpp"
#include "runtime/reactor.hpp"

namespace weir::consensus {

struct RaftLogOptions {
    StorageOptions storage;
    std::size_t max_pending = 256;                    // proposals that wait; more are refused (busy)
    std::size_t max_in_flight = 256;                  // entries that are not committed yet
    std::uint64_t snapshot_every_bytes = 4ull << 20;  // of log
    unsigned trailing_entries = 256;                  // kept behind a snapshot for nodes that lag
    unsigned heartbeat_ms = 100;
    unsigned election_ms = 1000;  // without a leader, at least so long; at most twice that
    // The same at first, once the leader's process is known to have ended; doubled with each attempt that
    // fails.
    unsigned hasty_election_ms = 50;
    unsigned turn_ms = 20;  // between two voters' first attempts then, so that they don't split the votes
};

// As Reactor::run_after.
using RunAfter = std::function<std::unique_ptr<runtime::Timer>(std::int64_t delay_ms, std::function<void()>)>;

// What the log works with; all of it must outlive the log. A group of one needs neither transport nor timers.
struct RaftLogSeams {
    runtime::FileSystem& files;
    Executor& executor;  // one that may block on the disk, not one with connections
    Clock& clock;
    Random& random;
    Transport* transport = nullptr;
    RunAfter run_after{};
};

// Proposals that wait together share one write and one fdatasync. A group of one has led and applied all it
// has when this returns; else the group must come together first. Errors: those of LogStorage::open, and of
// the machine. From any thread.
Result<std::unique_ptr<MetadataLog>> open_raft_log(const RaftLogOptions& options, StateMachine& machine,
                                                   RaftLogSeams seams);

}  // namespace weir::consensus
