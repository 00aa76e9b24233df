// All by which this node talks to the others, opened and closed as one.
#pragma once

#include <memory>

#include "cluster/administration.hpp"
#include "rpc/server.hpp"

namespace weir::cluster {

struct NodeOptions {
    rpc::LocalNode self;
    runtime::Endpoint listen;  // for the other nodes; port 0 takes a free one
    Uuid incarnation;          // of the data directory
    bool is_clean = false;     // as MembershipOptions'
    std::string rack;
    std::optional<NodeAddress> first_leader;
    std::function<metadata::CreateTopic(const std::string& name)> new_topic;
    std::function<void(BrokerEpoch)> registered;        // on the metadata's reactor
    std::function<bool()> may_lead;                     // likewise; as MembershipOptions'
    std::function<void(const std::string&)> refused;    // likewise: this node is not of the cluster any more
    std::size_t memory_bytes = std::size_t{256} << 20;  // for frames from other nodes
    metadata::TickOptions ticks;
};

// `reactor` is the metadata's; `streams` has those on which other nodes' calls come in. Both are started
// after open(), and the streams' threads end first.
class Node {
  public:
    Node(NodeOptions options, runtime::Reactor& reactor, runtime::ReactorPool& streams, Clock& clock,
         Random& random);
    ~Node();

    consensus::Transport& transport() { return links_; }
    // Errors: those of rpc::Server::open.
    // `methods`: what else this node serves, on the streams' reactors.
    Result<void> open(metadata::MetadataController& controller, rpc::Methods methods);
    Membership& membership() { return *membership_; }
    Administration& administration() { return *administration_; }
    runtime::MemoryBudget& budget() { return budget_; }
    runtime::Endpoint endpoint() const { return server_->endpoint(); }
    // On the reactor: nothing is sent and answered any more.
    void stop();

  private:
    NodeOptions options_;
    runtime::ReactorPool& streams_;
    Clock& clock_;
    runtime::MemoryBudget budget_;
    const LinkSeams seams_;
    runtime::ReactorExecutor executor_;
    Links links_;
    std::unique_ptr<Membership> membership_;
    std::unique_ptr<Administration> administration_;
    std::unique_ptr<rpc::Server> server_;
};

}  // namespace weir::cluster
