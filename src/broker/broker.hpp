// The broker: the one facade that a door talks to. Knows topics, logs and groups; knows no protocol.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "base/time.hpp"
#include "broker/commit_hub.hpp"
#include "broker/producer_ids.hpp"
#include "broker/stream/group_coordinator.hpp"
#include "broker/topic_table.hpp"
#include "log/log_store.hpp"
#include "metadata/any_request.hpp"
#include "metadata/controller.hpp"
#include "runtime/endpoint.hpp"
#include "runtime/file.hpp"
#include "runtime/reactor.hpp"
#include "runtime/tls_context.hpp"

namespace weir::broker {

class PropertyReader;
class Queues;
class ReplyAddresses;
class TopicAccess;

// How the node takes part in a cluster.
struct ClusterOptions {
    runtime::Endpoint listen;               // for the other nodes; port 0 takes a free one
    std::optional<runtime::Endpoint> join;  // of any node of the cluster that a new one shall be of
    std::string rack;
    std::shared_ptr<runtime::TlsContext> tls;  // none: plain text, on this machine's own addresses
    bool allow_insecure = false;               // plain text on other addresses as well
};

struct BrokerOptions {
    log::StoreOptions store;  // its directory is the data directory
    NodeId node{1};           // of an empty data directory
    std::optional<ClusterOptions> cluster{};
    metadata::Overrides file_settings;  // broker settings by name, from the configuration
    bool serves_queues = false;         // in a cluster: for clients here; others serve them anyway
    const PropertyReader* property_reader = nullptr;  // of the queues' messages; outlives the broker
    // Called, on any thread, if the cluster does not take this node any more: it was removed, say. There is
    // no broker yet if that happens while it is being opened.
    std::function<void(const std::string& why)> refused{};
};

// Safe from any thread unless said otherwise; replies of the asynchronous calls come on the calling reactor.
class Broker {
  public:
    // Recovers everything below the data directory. The references must outlive the broker.
    static Result<std::unique_ptr<Broker>> open(BrokerOptions options, runtime::ReactorPool& pool,
                                                runtime::FileSystem& files, Clock& clock, Random& random);
    virtual ~Broker() = default;

    virtual Clock& clock() = 0;
    virtual runtime::ReactorPool& reactors() = 0;
    virtual TopicTable& topics() = 0;
    virtual CommitHub& commits() = 0;
    virtual TopicAccess& topic_access() = 0;  // topics wherever they are led
    virtual metadata::MetadataController& controller() = 0;
    virtual ProducerIds& producer_ids() = 0;
    virtual stream::GroupCoordinator& groups() = 0;
    virtual bool serves_queues() const = 0;
    virtual Queues& queues() = 0;           // only if it serves them
    virtual ReplyAddresses& replies() = 0;  // likewise
    // Before clients come for queues, once the node is usable: what ended with its last process goes, and
    // there are queue logs. Waits for it.
    virtual Result<void> prepare_queues() = 0;
    virtual NodeId node() const = 0;
    virtual const Uuid& cluster_id() const = 0;
    virtual const std::string& data_directory() const = 0;

    // Tells the cluster that clients can use this node from now on, and where: by the names of the listeners.
    virtual void announce(std::vector<metadata::Endpoint> endpoints) = 0;
    // Whether the catalogue has all that was decided before this start. Clients that ask earlier would be
    // told of a cluster as it once was.
    virtual bool is_usable() const = 0;
    // Whether that node seems to have died a moment ago, so that what it leads may soon be led by others.
    virtual bool is_suspect(NodeId node) const = 0;
    // Begins to hand over to other nodes what this one leads; it serves clients meanwhile.
    virtual void leave() = 0;
    // Whether that has come to its end: nobody waits for this node any more, or has waited long enough.
    virtual bool has_left() const = 0;
    // Makes a topic with the cluster's defaults, or the groups' topic, wherever the metadata are led; nobody
    // waits for it.
    virtual void create_missing_topic(const std::string& name) = 0;

    // Has a change of the metadata made, wherever these are led. `done` comes once, on any thread, when this
    // node's catalogue has the outcome too. Errors: those of the request; unavailable, not_leader (nobody
    // leads the metadata at the moment), outcome_unknown, timed_out.
    virtual void change_any(metadata::AnyRequest request,
                            std::function<void(Result<metadata::AnyReply>)> done) = 0;
    template <class Request>
    void change(Request request, std::function<void(Result<typename Request::Reply>)> done) {
        change_any(std::move(request), [done = std::move(done)](Result<metadata::AnyReply> reply) {
            if (!reply) return done(reply.error());
            auto* mine = std::get_if<typename Request::Reply>(&*reply);
            if (mine == nullptr) return done(Error{Errc::corrupt, "the answer is that of another request"});
            done(std::move(*mine));
        });
    }
    // Who keeps the metadata, as the node that leads them knows it. `done` as above.
    virtual void describe_quorum(std::function<void(Result<metadata::Quorum>)> done) = 0;

    // Ends all work: what was acknowledged is on disk and the next start has nothing to replay. Not from a
    // reactor.
    virtual Result<void> stop() = 0;
};

}  // namespace weir::broker
