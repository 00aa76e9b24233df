// Links, membership and server of one node.
#include "cluster/node.hpp"

namespace weir::cluster {

Node::Node(NodeOptions options, runtime::Reactor& reactor, runtime::ReactorPool& streams, Clock& clock,
           Random& random)
    : options_(std::move(options)),
      streams_(streams),
      clock_(clock),
      budget_(options_.memory_bytes),
      seams_{reactor, budget_, clock, random},
      executor_(seams_.reactor),
      links_(options_.self, seams_) {}

Node::~Node() = default;

Result<void> Node::open(metadata::MetadataController& controller, rpc::Methods methods) {
    membership_ = std::make_unique<Membership>(MembershipOptions{.cluster_id = options_.self.cluster_id,
                                                                 .node = options_.self.id,
                                                                 .incarnation = options_.incarnation,
                                                                 .is_clean = options_.is_clean,
                                                                 .rack = options_.rack,
                                                                 .first_leader = options_.first_leader,
                                                                 .new_topic = options_.new_topic,
                                                                 .registered = options_.registered,
                                                                 .may_lead = options_.may_lead,
                                                                 .refused = options_.refused,
                                                                 .ticks = options_.ticks},
                                               controller, links_, executor_, clock_);
    administration_ = std::make_unique<Administration>(
        AdministrationOptions{.cluster_id = options_.self.cluster_id, .node = options_.self.id}, controller,
        *membership_, seams_);
    rpc::Methods own;
    administration_->add_methods(own);
    membership_->add_methods(own);
    methods.add(std::move(own), executor_);
    auto server = rpc::Server::open({.node = options_.self, .endpoint = options_.listen}, std::move(methods),
                                    budget_, streams_, clock_);
    if (!server) return server.error();
    server_ = std::move(*server);
    return {};
}

void Node::stop() {
    if (server_) server_->stop();
    if (administration_) administration_->stop();
    if (membership_) membership_->stop();
}

}  // namespace weir::cluster
