// The metadata log: commands in one order that every node agrees on, and the state machine they drive.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace weir::consensus {

using LogIndex = std::uint64_t;  // counts entries, from 1; 0: before all
using LogTerm = std::uint64_t;   // counts leaders, from 1

enum class Role { follower, candidate, leader, learner, stopped };

struct LogPosition {
    LogIndex index = 0;
    LogTerm term = 0;
    auto operator<=>(const LogPosition&) const = default;
};

// What the log drives. Deterministic: no clock, no randomness, no I/O. All calls come on the log's executor,
// or from within open().
class StateMachine {
  public:
    virtual ~StateMachine() = default;

    // In order, each entry once (again after a restart, from the snapshot on). An error means that the entry
    // can't be understood: open() then fails with it; a running process ends, for it must not go on with a
    // wrong state.
    virtual Result<void> apply(LogPosition at, ByteView command) = 0;
    // The whole state as of the last entry applied.
    virtual Bytes snapshot() = 0;
    virtual Result<void> restore(LogPosition at, ByteView snapshot) = 0;
};

// Errors: not_leader (ask leader()), outcome_unknown (leadership was lost on the way: the command may yet
// take effect, so read the state again before trying once more), limit_exceeded (the command is too big),
// busy (too many under way), no_space, io_error, shutting_down. After all but outcome_unknown nothing has
// changed.
using Proposed = std::function<void(Result<LogPosition>)>;

// One thread: all calls are made from tasks of the executor that the log was opened with, and all callbacks
// come there.
class MetadataLog {
  public:
    virtual ~MetadataLog() = default;

    // Called back exactly once, never within this call; on success after the command is durable and applied.
    virtual void propose(Bytes command, Proposed done) = 0;

    virtual Role role() const = 0;
    virtual std::optional<NodeId> leader() const = 0;
    virtual LogPosition applied() const = 0;

    // Finishes what has been proposed, refuses what comes after; `done` is the last callback. The log may be
    // destroyed after it.
    virtual void stop(std::function<void()> done) = 0;
};

}  // namespace weir::consensus
