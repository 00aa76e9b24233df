// This node's part in the cluster: it joins, registers, sends heartbeats, and, while it leads the metadata,
// looks after all nodes.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "cluster/departure.hpp"
#include "cluster/links.hpp"
#include "metadata/controller.hpp"
#include "metadata/controller_ticks.hpp"
#include "rpc/request.hpp"
#include "runtime/timed_executor.hpp"

namespace weir::cluster {

struct MembershipOptions {
    Uuid cluster_id;
    NodeId node;
    Uuid incarnation;  // of the data directory
    // It holds all that it has ever acknowledged. Looked at for the first registration: later ones are of the
    // same process.
    bool is_clean = false;
    std::string rack;
    // Whom to ask when nobody is known to lead, and again when whom it names does not answer: a member, or
    // rpc::any_node at an address of the cluster. A member that nobody leads may have been removed meanwhile.
    std::optional<NodeAddress> first_leader;
    // A topic that somebody misses, as this cluster makes it.
    std::function<metadata::CreateTopic(const std::string& name)> new_topic;
    // Told of each registration of this start.
    std::function<void(BrokerEpoch)> registered;
    // Whether this start may lead, once its catalogue is up to date; none: at once. Asked on the reactor.
    std::function<bool()> may_lead;
    // The cluster does not take this node any more: it was removed, or its number is another's.
    std::function<void(const std::string& why)> refused;
    metadata::TickOptions ticks;
    std::int64_t call_timeout_ms = 5000;
};

// On the metadata's reactor (`executor`), but for what says otherwise. Everything it is given must outlive
// it, and the reactor's thread must have ended before it goes.
class Membership {
  public:
    Membership(MembershipOptions options, metadata::MetadataController& controller, Peers& peers,
               runtime::TimedExecutor& executor, Clock& clock);

    // Serves the other nodes' calls. Before the rpc server opens, from any thread.
    void add_methods(rpc::Methods& methods);
    // What else the node that leads the metadata answers. Before add_methods().
    using Answer = std::function<void(Result<Bytes>)>;
    using LeaderMethod = std::function<void(ByteView body, Answer done)>;
    void add_leader_method(rpc::Method method, LeaderMethod handler) {
        leader_methods_.emplace(method, std::move(handler));
    }
    // From any thread: this node can be used, at these endpoints (the one for other nodes is among them).
    void announce(std::vector<metadata::Endpoint> endpoints);
    // From any thread: hands over all that this node leads, and has it fenced. `done` comes once, on the
    // reactor, when that is so, or when the limits of departure.hpp are reached; the node serves until then.
    void leave(std::function<void()> done);
    void stop();
    // From any thread: the stream to that node broke a moment ago. It may be dead, and if so is soon
    // replaced.
    bool is_suspect(NodeId node) const;
    // Whether that is this start's epoch.
    bool is_registered(BrokerEpoch epoch) const { return broker_epoch_ == epoch; }

    // From any thread; `done` comes on the reactor. Where this node does not lead, the leader is asked.
    // Errors: those of the request, not_leader, unavailable, outcome_unknown, timed_out.
    void ask_leader(rpc::Method method, Bytes body, Answer done);
    // Another node's call. Errors: shutting_down, not_leader, not_authorized, and the request's own.
    void handle(rpc::Method method, NodeId from, ByteView body, Answer done);

  private:
    void on_stream(NodeId node, rpc::StreamChange change);
    void on_gone(NodeId node);
    std::optional<metadata::NodeStart> start_of(NodeId node) const;
    void note_leader();
    void begin_leading(const metadata::Catalogue& catalogue, std::int64_t now_ms);
    void tick();
    void lead();
    void take_part();
    void connect_to_voters();
    void join();
    void find_leader();
    bool is_lost() const;
    void enroll();
    void refused(const Error& why);
    void beat();
    void ask(rpc::Method method, Bytes body, Answer done);
    void answered(std::uint64_t number, Result<Bytes> answer);
    void give_up_old_leaders();
    // Leaving (leaving.cpp).
    void depart();
    void take_departure_step(DepartureStep step);
    void say_farewell();
    void hand_over_metadata();
    void ask_for_drain();
    void handle_drain(NodeId from, Answer done);
    void handle_introduction(const Answer& done) const;
    void handle_join(NodeId from, ByteView body, Answer done);
    void handle_register(NodeId from, ByteView body, Answer done);
    void handle_heartbeat(NodeId from, ByteView body, const Answer& done);
    void handle_producer_ids(Answer done);
    void handle_alter_partitions(NodeId from, ByteView body, Answer done);
    void handle_damaged(NodeId from, ByteView body, Answer done);
    void handle_create_topic(ByteView body, Answer done);
    // A node that was removed from the cluster leaves the metadata's group as well.
    void remove_members();
    bool is_voter(NodeId node) const;
    bool leads() const { return controller_.log().role() == consensus::Role::leader; }
    std::optional<NodeId> leader() const;

    struct Asked {
        NodeId leader;
        Answer done;
    };

    const MembershipOptions options_;
    metadata::MetadataController& controller_;
    Peers& peers_;
    runtime::TimedExecutor& executor_;
    Clock& clock_;
    std::optional<NodeAddress> first_leader_;  // as far as a node knows that nobody leads
    std::int64_t led_ms_ = 0;                  // when somebody was last known to lead this node

    std::map<rpc::Method, LeaderMethod> leader_methods_;
    std::map<std::uint64_t, Asked> asked_;  // what other nodes have not answered yet
    std::uint64_t last_asked_ = 0;
    std::unique_ptr<runtime::Timer> timer_;
    mutable std::mutex disconnected_mutex_;           // guards what follows against is_suspect()
    std::map<NodeId, std::int64_t> disconnected_ms_;  // since when, of those whose streams have ended
    std::map<NodeId, BrokerEpoch> gone_;              // starts of nodes whose processes have ended since
    metadata::ControllerTicks ticks_;
    consensus::LogTerm led_term_ = 0;  // that ticks_ was started for
    std::optional<NodeId> followed_;   // the other node that led last
    std::vector<metadata::Endpoint> endpoints_;
    std::optional<BrokerEpoch> broker_epoch_;  // of this start, once registered
    bool is_clean_;
    bool is_refused_ = false;  // which has been told
    bool is_asking_ = false;
    bool is_beating_ = false;
    std::int64_t next_part_ms_ = 0;
    bool stopped_ = false;

    struct Departure {
        std::function<void()> done;
        std::int64_t ends_ms = 0;
        std::int64_t led_ms = 0;  // when somebody led the metadata last
        std::int64_t next_drain_ms = 0;
        std::optional<std::int64_t> left_ms;  // since when it leads nothing any more
        std::optional<NodeId> successor;
        bool is_asking = false;
        bool wants_fence = false;
    };
    std::optional<Departure> departure_;
    bool is_removing_ = false;
};

// Asks the node at `endpoint` which cluster it is of and who leads, until it answers or `limit_ms` are over.
// Blocks; not on the reactor. Errors: timed_out, with the last reason; not_authorized.
Result<Introduction> introduce(const rpc::LocalNode& self, const runtime::Endpoint& endpoint, LinkSeams seams,
                               std::int64_t limit_ms);

}  // namespace weir::cluster
