// This node's part in the cluster: it joins, registers, sends heartbeats, and, while it leads the metadata,
// looks after all nodes.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cluster/links.hpp"
#include "metadata/controller.hpp"
#include "metadata/controller_ticks.hpp"
#include "rpc/request.hpp"

namespace weir::cluster {

struct MembershipOptions {
    Uuid cluster_id;
    NodeId node;
    Uuid incarnation;  // of the data directory
    std::string rack;
    // Who led when this node was introduced to the cluster; nothing once it is a member.
    std::optional<NodeAddress> first_leader;
    // A topic that somebody misses, as this cluster makes it.
    std::function<metadata::CreateTopic(const std::string& name)> new_topic;
    // Told of each registration of this start.
    std::function<void(BrokerEpoch)> registered;
    metadata::TickOptions ticks;
    std::int64_t call_timeout_ms = 5000;
};

// On the metadata's reactor, but for what says otherwise. Everything it is given must outlive it, and the
// reactor's thread must have ended before it goes.
class Membership {
  public:
    Membership(MembershipOptions options, metadata::MetadataController& controller, Links& links,
               LinkSeams seams);

    // Serves the other nodes' calls. Before the rpc server opens, from any thread.
    void add_methods(rpc::Methods& methods);
    // From any thread: this node can be used, at these endpoints (the one for other nodes is among them).
    void announce(std::vector<metadata::Endpoint> endpoints);
    void stop();
    // Whether that is this start's epoch.
    bool is_registered(BrokerEpoch epoch) const { return broker_epoch_ == epoch; }

    // From any thread; `done` comes on the reactor. Where this node does not lead, the leader is asked.
    // Errors: those of the request, not_leader, unavailable, outcome_unknown, timed_out.
    using Answer = std::function<void(Result<Bytes>)>;
    void ask_leader(rpc::Method method, Bytes body, Answer done);

  private:
    void tick();
    void lead();
    void take_part();
    void join();
    void enroll();
    void beat();
    void ask(rpc::Method method, Bytes body, Answer done);
    void answered(std::uint64_t number, Result<Bytes> answer);
    void give_up_old_leaders();
    void handle(rpc::Method method, NodeId from, ByteView body, Answer done);
    void handle_introduction(const Answer& done) const;
    void handle_join(NodeId from, ByteView body, Answer done);
    void handle_register(NodeId from, ByteView body, Answer done);
    void handle_heartbeat(NodeId from, ByteView body, const Answer& done);
    void handle_producer_ids(Answer done);
    void handle_alter_partitions(NodeId from, ByteView body, Answer done);
    void handle_create_topic(ByteView body, Answer done);
    bool is_voter(NodeId node) const;
    bool leads() const { return controller_.log().role() == consensus::Role::leader; }
    std::optional<NodeId> leader() const;

    struct Asked {
        NodeId leader;
        Answer done;
    };

    const MembershipOptions options_;
    metadata::MetadataController& controller_;
    Links& links_;
    LinkSeams seams_;

    std::map<std::uint64_t, Asked> asked_;  // what other nodes have not answered yet
    std::uint64_t last_asked_ = 0;
    std::unique_ptr<runtime::Timer> timer_;
    metadata::ControllerTicks ticks_;
    consensus::LogTerm led_term_ = 0;  // that ticks_ was started for
    std::vector<metadata::Endpoint> endpoints_;
    std::optional<BrokerEpoch> broker_epoch_;  // of this start, once registered
    bool is_asking_ = false;
    bool is_beating_ = false;
    std::int64_t next_part_ms_ = 0;
    bool stopped_ = false;
};

// Asks the node at `endpoint` which cluster it is of and who leads, until it answers or `limit_ms` are over.
// Blocks; not on the reactor. Errors: timed_out, with the last reason; not_authorized.
Result<Introduction> introduce(const rpc::LocalNode& self, const runtime::Endpoint& endpoint, LinkSeams seams,
                               std::int64_t limit_ms);

}  // namespace weir::cluster
