// One simulated broker: the real log on a disk that fails, the real replication core, a network that lies.
#pragma once

#include <deque>

#include "log/log_store.hpp"
#include "replication/replica.hpp"
#include "simulation/checker.hpp"
#include "simulation/replication/controller.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::simulation {

class Node;

// What all nodes share.
struct Cluster {
    World& world;
    Network& network;
    Controller& controller;
    Checker& checker;
    Planted planted = Planted::nothing;
    log::Durability durability = log::Durability::journal;
    std::array<Node*, node_count> nodes{};
    Offset consumed = Offset{0};  // by the reading client
};

class Node final : private log::CommitListener {
  public:
    Node(Cluster& cluster, int number, std::uint64_t seed);
    ~Node() override;

    void start();
    // The process ends; with a power cut, what was not synced may be gone, in part.
    void crash(test::Crash kind);
    // The process ends in the midst of writing, a few steps of the file system from now.
    void crash_soon(std::uint64_t steps) { files_.stop_at(files_.steps() + steps); }
    bool is_up() const { return store_ != nullptr; }
    bool is_registered() const { return replica_.has_value() && registered_; }
    void set_sync_us(std::int64_t us) { sync_us_ = us; }

    // A client's request that waits for all in-sync replicas.
    void produce(Bytes batch);
    // A client reads from here on, as far as it may.
    void consume();
    void checkpoint();

    replication::Replica* replica() { return replica_ ? &*replica_ : nullptr; }
    // The controller knows this very incarnation.
    bool is_current() const {
        return is_registered() && broker_epoch_ == cluster_.controller.broker_epoch(number_);
    }

  private:
    struct Waiting {
        Offset next;
        LeaderEpoch epoch;
        log::SharedSpan batch;
    };

    void on_commit(const log::Commit& commit) override;
    bool open();
    template <class Do>
    void every_us(std::int64_t us, Do what);
    template <class Do>
    std::function<void()> if_alive(Do what);

    void enlist();
    void heartbeat();
    void hear(const PartitionRegistration& registration);
    void take_office();
    void commit_soon();
    void after_progress();
    void answer_clients();
    void fetch();
    void send_fetch(replication::FetchedPartition fetch);
    void serve(int from, BrokerEpoch broker_epoch, std::uint64_t life, replication::FetchedPartition fetch);
    void take_reply(const replication::FetchedPartition& asked, const Bytes& message);
    void propose();
    void send_proposal(const AlterInSync& proposal);
    void spread_early(const AlterInSync& proposal);

    Cluster& cluster_;
    const int number_;
    test::FaultyFileSystem files_;
    std::unique_ptr<log::LogStore> store_;
    std::optional<replication::Replica> replica_;
    std::uint64_t life_ = 0;
    BrokerEpoch broker_epoch_{0};
    bool registered_ = false;
    std::int64_t sync_us_ = 1000;
    bool commit_due_ = false;
    std::int64_t fetch_until_ms_ = 0;  // a fetch is on its way until then
    std::deque<Waiting> waiting_;
    Offset checked_;  // the log against what is committed
};

// The partition of the simulation.
log::LogKey simulated_key();

}  // namespace weir::simulation
