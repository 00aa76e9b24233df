// How a command reaches a cluster's nodes at the port between them: as the node whose configuration it reads.
#pragma once

#include "app/config_options.hpp"
#include "cluster/change_messages.hpp"
#include "cluster/messages.hpp"
#include "cluster/status_messages.hpp"
#include "rpc/peer.hpp"

namespace weir::app {

struct ClusterOptions : ConfigOptions {
    std::vector<std::string> at;  // nodes to ask, HOST:PORT; none: the one that is configured
    double timeout_s = 10;
};

// --at, --timeout, the configuration's keys about the port between nodes; and --json if there is an answer.
void add_cluster_options(CLI::App& command, const std::shared_ptr<ClusterOptions>& options, bool with_json);

// Blocks; one thread. Asks again until an answer comes or the time is up, whatever node leads or dies
// meanwhile.
class ClusterConnection {
  public:
    // Errors: those of the configuration and of its certificates; invalid_argument (whom to ask?).
    static Result<std::unique_ptr<ClusterConnection>> open(const ClusterOptions& options);
    ~ClusterConnection();

    // Errors: timed_out (nobody answers, with the reason), and those of the answering node.
    Result<cluster::ClusterStatus> status();
    Result<std::vector<cluster::PartitionStatus>> partitions(const std::string& topic);
    // The change is one that may be made twice.
    template <class Request>
    Result<cluster::WireReply> change(Request request) {
        return change_any(metadata::AnyRequest{std::move(request)});
    }
    // Of replicas on another node, which is asked itself. Asks once.
    Result<cluster::ReplicaSizes> sizes(const metadata::Node& node,
                                        const std::vector<cluster::PartitionKey>& keys);
    // What a node knows to be damaged of its own. Likewise.
    Result<cluster::NodeDamage> damage(const metadata::Node& node);
    const runtime::Endpoint& endpoint() const { return endpoints_[next_]; }

  private:
    using Answer = Result<std::shared_ptr<rpc::Frame>>;

    ClusterConnection() = default;
    Result<std::unique_ptr<rpc::Peer>> connect(const runtime::Endpoint& endpoint);
    Answer ask_once(rpc::Peer& peer, rpc::Method method, Bytes body) const;
    Answer ask_node(const metadata::Node& node, rpc::Method method, Bytes body);
    Answer command(rpc::Method method, ByteView body);
    Result<cluster::WireReply> change_any(const metadata::AnyRequest& request);

    rpc::LocalNode self_;
    std::int64_t timeout_ms_ = 0;
    std::vector<runtime::Endpoint> endpoints_;
    std::size_t next_ = 0;
    runtime::MemoryBudget memory_{std::size_t{256} << 20};
    runtime::ReactorPool pool_{1};
    std::unique_ptr<rpc::Peer> peer_;  // to endpoints_[next_]
    std::map<NodeId, std::unique_ptr<rpc::Peer>> others_;
};

}  // namespace weir::app
