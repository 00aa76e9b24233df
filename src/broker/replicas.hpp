// This node's replicas of the partitions that have several: their roles, what is fetched for them, and the
// in-sync sets that they propose.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "broker/replica_throttles.hpp"
#include "cluster/membership.hpp"
#include "log/log_store.hpp"
#include "replication/fetch_server.hpp"
#include "replication/replica_fetcher.hpp"
#include "rpc/request.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::broker {

inline constexpr rpc::Method replica_fetch{16};

struct ReplicasOptions {
    NodeId node;
    replication::LeaderOptions leader;
    replication::FetchServerOptions server;
    replication::FetcherOptions fetcher;
    std::int64_t tick_ms = 100;  // between two looks at in-sync sets and at fetches that are held
};

// What replicas ask of the rest of the node. Called on the replicas' reactor.
struct ReplicasSeams {
    // High watermarks or roles have changed: there may be clients to answer.
    std::function<void(const std::vector<std::shared_ptr<log::PartitionLog>>&)> on_advance;
    // Proposals for the controller; `done` comes on any thread, with the outcomes in their order, or none if
    // nobody knows.
    using Proposals = std::vector<metadata::AlterPartitions::Item>;
    using Outcomes = std::vector<replication::AlterOutcome>;
    std::function<void(Proposals, std::function<void(Outcomes)> done)> alter;
};

// Safe from any thread; the work is done on `executor`, where the peers live, too. Must outlive its thread.
class Replicas final : private replication::Transport {
  public:
    Replicas(ReplicasOptions options, cluster::Peers& peers, runtime::TimedExecutor& executor, Clock& clock,
             ReplicasSeams seams);

    // Serves the other nodes' fetches. Before the rpc server opens.
    void add_methods(rpc::Methods& methods);
    // One fetch, on the executor.
    void serve(NodeId from, ByteView request, replication::FetchServer::Answer answer);
    void start();
    // The partition's committed state; its log's readers are limited already.
    void put(const log::LogKey& key, std::shared_ptr<log::PartitionLog> log,
             replication::PartitionRegistration registration);
    void remove(const log::LogKey& key);
    // The replica's log is damaged, and the controller counts it out from that leader epoch on.
    void refill(const log::LogKey& key, LeaderEpoch epoch);
    // This start of the node is registered: it may fetch.
    void set_broker_epoch(BrokerEpoch epoch);
    // Bytes a second for replicas that are not in sync, of partitions that are throttled
    // (replica_throttles.hpp).
    void set_rates(const ReplicationRates& rates);
    void set_addresses(std::shared_ptr<const metadata::Catalogue> catalogue);
    // To be told of every group commit.
    void on_commit(const log::Commit& commit);
    void stop();

  private:
    struct Entry {
        Entry(NodeId node, std::shared_ptr<log::PartitionLog> its, const replication::LeaderOptions& options)
            : log(std::move(its)), replica(node, log, options) {}
        const std::shared_ptr<log::PartitionLog> log;
        replication::Replica replica;
        NodeId followed = replication::no_node;  // whose fetcher has it
    };
    void fetch(NodeId node, Bytes request, std::int32_t max_wait_ms, Answer answer) override;

    void apply(const log::LogKey& key, const std::shared_ptr<log::PartitionLog>& log,
               const replication::PartitionRegistration& registration);
    void follow(const log::LogKey& key, Entry& entry);
    void leave(const log::LogKey& key, Entry& entry);
    void note_commit(log::Ticket ticket, const std::vector<log::LogKey>& keys);
    void tick();
    void propose();
    void on_outcomes(const std::vector<std::pair<log::LogKey, replication::AlterInSync>>& asked,
                     const ReplicasSeams::Outcomes& outcomes);
    void poll();
    replication::Replica* find(const log::LogKey& key);
    void advanced(const log::LogKey& key);
    void tell_advanced();

    ReplicasOptions options_;
    replication::Throttle fetch_throttle_;  // of all fetchers
    runtime::TimedExecutor& executor_;
    Clock& clock_;
    const ReplicasSeams seams_;
    cluster::Peers& peers_;
    replication::FetchServer server_;
    BrokerEpoch broker_epoch_{-1};
    std::vector<std::shared_ptr<log::PartitionLog>> advanced_;  // their waiting clients have not been told
    std::unordered_map<log::LogKey, std::unique_ptr<Entry>, log::LogKeyHash> entries_;
    std::map<NodeId, std::unique_ptr<replication::ReplicaFetcher>> fetchers_;
    std::unique_ptr<runtime::Timer> timer_;
    bool stopped_ = false;
};

// Sends the proposals of this start of the node to whoever leads the metadata; as ReplicasSeams::alter.
void propose(cluster::Membership& membership, metadata::NodeStart self, ReplicasSeams::Proposals proposals,
             std::function<void(ReplicasSeams::Outcomes)> done);

// The registration as replication on node `self` wants it.
replication::PartitionRegistration registration_of(NodeId self, PartitionId number,
                                                   const metadata::Topic& topic,
                                                   const metadata::Catalogue& catalogue);

}  // namespace weir::broker
