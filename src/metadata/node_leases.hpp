// When the controller last heard from each node: in memory only, for heartbeats do not go through the log.
#pragma once

#include <map>
#include <vector>

#include "metadata/cluster_requests.hpp"

namespace weir::metadata {

// With these a node that falls silent is noticed 0.75 to 0.95 s later, or 0.3 s later if its connection
// breaks; at once if its process is known to have ended.
struct LeaseOptions {
    std::int64_t heartbeat_ms = 150;          // how often a node sends one
    std::int64_t session_ms = 900;            // without one for so long, it is fenced
    std::int64_t broken_connection_ms = 300;  // the same after its connection broke: time to make another
    std::int64_t tick_ms = 50;                // how often the controller looks
    // A process that was said to have ended, and had not: for so long nobody is believed who says it again.
    std::int64_t distrust_ms = 60'000;
};

struct Heartbeat {
    NodeStart start;
    bool is_ready = false;     // has applied its registration and opened its logs: may be unfenced
    bool is_stopping = false;  // wants to be fenced, as it leads nothing any more
};

// Pure: times are milliseconds of a monotonic clock, given with each call. One thread.
class NodeLeases {
  public:
    explicit NodeLeases(LeaseOptions options = {}) : options_(options) {}

    // This node has become the controller: all others have a whole session to show themselves.
    void start(const Catalogue& catalogue, std::int64_t now_ms);
    // False: not the start that counts; the node must register again.
    bool heard(const Catalogue& catalogue, const Heartbeat& heartbeat, std::int64_t now_ms);
    void connection_broken(NodeId node, std::int64_t now_ms);
    // The process of that start has ended, as far as the network tells.
    void process_ended(const NodeStart& start, std::int64_t now_ms);

    // Nodes to be fenced, and to be unfenced, by now.
    std::vector<NodeStart> lost(const Catalogue& catalogue, std::int64_t now_ms) const;
    std::vector<NodeStart> back(const Catalogue& catalogue, std::int64_t now_ms) const;

    const LeaseOptions& options() const { return options_; }

  private:
    struct Lease {
        BrokerEpoch broker_epoch;
        std::int64_t ends_ms = 0;
        bool is_ready = false;
        bool is_stopping = false;
        bool is_said_to_be_over = false;
        std::int64_t distrust_until_ms = INT64_MIN;
    };
    // nullptr if there is none for that start.
    const Lease* lease_of(const Node& node) const;

    LeaseOptions options_;
    std::map<NodeId, Lease> leases_;
};

}  // namespace weir::metadata
