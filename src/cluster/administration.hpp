// Changes of the metadata that any node takes, from its own doors and from operators' commands: the node that
// leads the metadata makes them, whichever was asked.
#pragma once

#include <functional>

#include "cluster/change_messages.hpp"
#include "cluster/membership.hpp"

namespace weir::cluster {

struct AdministrationOptions {
    Uuid cluster_id;
    NodeId node;
    std::int64_t leader_wait_ms = 5000;  // how long a change waits for somebody to lead the metadata
    std::int64_t retry_ms = 100;         // between two attempts
    std::int64_t catch_up_ms = 5000;     // how long an answer waits for this node's own catalogue
    std::int64_t catch_up_look_ms = 5;   // between two looks at it
};

// On the metadata's reactor, but for what says otherwise. What it is given must outlive it, and the reactor's
// thread must have ended before it goes.
class Administration {
  public:
    Administration(AdministrationOptions options, metadata::MetadataController& controller,
                   Membership& membership, LinkSeams seams);

    // Before the rpc server opens, from any thread.
    void add_methods(rpc::Methods& methods);
    // Ends what waits.
    void stop();

    // From any thread. `done` comes once, on the reactor, when this node's catalogue has the outcome too.
    // Errors: those of the request; unavailable (nobody leads the metadata), outcome_unknown, timed_out.
    using Done = std::function<void(Result<metadata::AnyReply>)>;
    void submit(metadata::AnyRequest request, Done done);

    // Who keeps the metadata, as the node that leads them knows it. As above.
    void describe_quorum(std::function<void(Result<metadata::Quorum>)> done);

  private:
    struct Change;

    bool leads() const { return controller_.log().role() == consensus::Role::leader; }
    void later(std::int64_t delay_ms, std::function<void()> task);
    void attempt(const std::shared_ptr<Change>& change);
    void on_outcome(const std::shared_ptr<Change>& change, Result<metadata::AnyReply> outcome);
    void ask_leader(const std::shared_ptr<Change>& change);
    void await(std::uint64_t applied, std::int64_t end_ms, std::function<void()> then);

    // As the leader.
    void make(metadata::AnyRequest request, Done done);
    void remove_node(NodeId node, Done done);
    void remove_member(NodeId node, Done done);
    void hand_over(NodeId node, const Done& done);
    void handle_submit(ByteView body, Membership::Answer done);
    void handle_status(Membership::Answer done);
    void handle_quorum(Membership::Answer done);
    void handle_partitions(ByteView body, const Membership::Answer& done);
    void handle_command(const std::shared_ptr<rpc::Request>& request);

    const AdministrationOptions options_;
    metadata::MetadataController& controller_;
    Membership& membership_;
    LinkSeams seams_;
    // What waits for its time, in the order in which it began to.
    struct Waiting {
        std::unique_ptr<runtime::Timer> timer;
        std::function<void()> task;
    };
    std::map<std::uint64_t, Waiting> waiting_;
    std::uint64_t next_waiting_ = 0;
    bool stopped_ = false;
};

}  // namespace weir::cluster
