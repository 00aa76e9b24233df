// A process of the simulation: the real metadata log over a disk, an executor and timers that are simulated.
#pragma once

#include <deque>
#include <memory>

#include "consensus/raft_metadata_log.hpp"
#include "simulation/history.hpp"
#include "simulation/network.hpp"
#include "simulation/planted_bug.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::simulation {

// What all nodes of one run share.
struct World {
    EventLoop& loop;
    Dice& dice;
    Network& network;
    History& history;
    std::function<void(NodeId from, NodeId to, const Bytes& message)> deliver;
    std::function<void(NodeId)> ended;  // told of processes
    PlantedBug bug = PlantedBug::none;
    consensus::RaftLogOptions options{};  // all but the directory's identity
    bool is_calm = false;                 // no more crashes of our own accord
    std::uint64_t crashes = 0;
    std::uint64_t damages = 0;
    std::uint64_t installs = 0;  // of another node's snapshot
};

class SimulatedNode : private Executor, private consensus::Transport, private consensus::StateMachine {
  public:
    // `first_members`: none for a node that is to be added to the group.
    SimulatedNode(World& world, NodeId id, std::vector<consensus::Member> first_members);
    ~SimulatedNode() override { end(); }

    void start();
    void crash(test::Crash kind);
    // The process ends at one of its next calls that change a file.
    void crash_soon() {
        files_.stop_at(files_.steps() + static_cast<std::uint64_t>(world_.dice.between(0, 12)));
    }
    // Ends, and starts again with a file of its directory damaged. Until has_all() it may be recovering.
    void damage();
    bool has_all();
    // Whether it knows these to be the members of the group.
    bool has_noted(const std::vector<consensus::Member>& members);
    void deliver(NodeId from, const Bytes& message);
    void set_slow_disk(bool is_slow) { is_slow_ = is_slow; }
    void set_disk_full(bool is_full);

    NodeId id() const { return id_; }
    bool is_up() const { return log_ != nullptr; }
    bool leads() const { return is_up() && !is_dead() && log_->role() == consensus::Role::leader; }
    consensus::MetadataLog& log() { return *log_; }
    // Runs a call of the log's, as a task of its thread.
    void call(std::function<void(consensus::MetadataLog&)> what);
    // Whether the process is over, though its code still runs to the end of the task.
    bool is_dead() const { return is_doomed_ || files_.stopped(); }

  private:
    void post(std::function<void()> task) override;
    void send(NodeId to, const std::string& address, Bytes message) override;
    Result<void> apply(consensus::LogPosition at, ByteView command) override;
    Bytes snapshot() override;
    Result<void> restore(consensus::LogPosition at, ByteView snapshot) override;
    void on_leadership(const consensus::Leadership& now) override;

    std::unique_ptr<runtime::Timer> run_after(std::int64_t delay_ms, std::function<void()> task);
    void run_next(std::uint64_t life);
    bool is_recovering();
    void vote_early(NodeId from, const Bytes& message);
    void end();
    void restart_later();

    World& world_;
    NodeId id_;
    std::vector<consensus::Member> first_members_;
    test::FaultyFileSystem files_;
    std::unique_ptr<runtime::FileSystem> seen_files_;
    std::unique_ptr<consensus::MetadataLog> log_;
    std::deque<std::function<void()>> tasks_;
    bool is_running_ = false;  // a task is scheduled
    bool is_slow_ = false;
    bool is_doomed_ = false;
    bool is_harmed_ = false;
    std::map<consensus::LogTerm, NodeId> early_votes_;  // of a planted bug
    std::uint64_t life_ = 0;                            // counts starts and ends
    std::uint64_t digest_ = 0;
};

}  // namespace weir::simulation
