// The metadata log: commands in one order that every node agrees on, and the state machine they drive.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace weir::consensus {

using LogIndex = std::uint64_t;  // counts entries, from 1; 0: before all
using LogTerm = std::uint64_t;   // counts leaders, from 1

// `leader`: has applied all that was committed before its term, so what its state machine says is the truth.
enum class Role { follower, candidate, leader, learner, stopped };

struct LogPosition {
    LogIndex index = 0;
    LogTerm term = 0;
    auto operator<=>(const LogPosition&) const = default;
};

// A node of the group. Learners are sent the log but have no say.
struct Member {
    NodeId node;
    std::string address{};  // for the transport; no two members share one
    bool is_voter = true;
    bool operator==(const Member&) const = default;
};

struct Leadership {
    Role role = Role::follower;
    LogTerm term = 0;
    std::optional<NodeId> leader;
    bool operator==(const Leadership&) const = default;
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
    // This node's part in the group, whenever it changes; not from within open().
    virtual void on_leadership(const Leadership&) {}
};

// Errors: not_leader (ask leader()), outcome_unknown (leadership was lost on the way: the command may yet
// take effect, so read the state again before trying once more), limit_exceeded (the command is too big),
// busy (too many under way), no_space, io_error, shutting_down. After all but outcome_unknown nothing has
// changed.
using Proposed = std::function<void(Result<LogPosition>)>;
// Errors: as Proposed, and already_exists, not_found, invalid_argument, timed_out.
using Changed = std::function<void(Result<void>)>;

// One thread: all calls are made from tasks of the executor that the log was opened with, and all callbacks
// come there, exactly once, never within the call. After stop() they still come.
class MetadataLog {
  public:
    virtual ~MetadataLog() = default;

    // Calls back after the command is committed and applied here. Only a leader takes it.
    virtual void propose(Bytes command, Proposed done) = 0;
    // Calls back once all that anyone was told to be committed before this call is applied here. Only a
    // leader takes it.
    virtual void read_barrier(Proposed done) = 0;

    // Changes of the group, one at a time (else busy); only a leader takes them. A node that lost its
    // directory comes back under a new number.
    virtual void add_learner(Member member, Changed done) = 0;
    virtual void promote(NodeId learner, Changed done) = 0;  // waits until it has caught up, else timed_out
    // The leader itself hands over instead, and says not_leader once another one leads: ask that one. A
    // removed node is not told: stop it.
    virtual void remove(NodeId node, Changed done) = 0;
    // Hands leadership to a voter; timed_out if that one does not take it within an election timeout.
    virtual void transfer(NodeId voter, Changed done) = 0;

    // A message that the node `from` gave to its Transport. Those of one node come in the order in which it
    // sent them; some may be lost. Errors: corrupt, unsupported (close the connection).
    virtual Result<void> receive(NodeId from, ByteView message) = 0;

    // That node's process has ended, as far as the network tells. If it led, the others look for another
    // leader at once instead of waiting until its silence tells. A hint: if it is wrong, nothing is lost but
    // time.
    virtual void on_gone(NodeId node) = 0;

    virtual Role role() const = 0;
    virtual LogTerm term() const = 0;
    virtual std::optional<NodeId> leader() const = 0;  // as far as this node knows
    virtual LogPosition applied() const = 0;
    virtual std::vector<Member> members() const = 0;
    // Leader only: up to which entry a member's log is known to be this one's. Nothing elsewhere.
    virtual std::optional<LogIndex> matched(NodeId member) const = 0;

    // Finishes what has been proposed, refuses what comes after; `done` is the last callback. The log may be
    // destroyed after it.
    virtual void stop(std::function<void()> done) = 0;
};

// How messages reach the other nodes: one ordered stream per direction. What can't be sent is dropped; after
// a loss the stream is torn down, and nothing of the old one arrives after the first of the new one.
class Transport {
  public:
    virtual ~Transport() = default;
    // Never calls back into the log within this call, and does not wait for the network. `address` is the
    // member's, or what the node told of itself; empty if it told nothing.
    virtual void send(NodeId to, const std::string& address, Bytes message) = 0;
};

}  // namespace weir::consensus
