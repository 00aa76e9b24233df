// What a node answers to the others.
#include "base/log_line.hpp"
#include "cluster/membership.hpp"

namespace weir::cluster {

namespace {

Bytes to_bytes(std::string_view text) {
    const auto bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

}  // namespace

void Membership::add_methods(rpc::Methods& methods) {
    methods.on_message(raft_message, [this](NodeId from, const std::shared_ptr<rpc::Frame>& message) {
        executor_.post([this, from, message] {
            if (stopped_) return;
            if (auto received = controller_.log().receive(from, message->body()); !received)
                log_warning("a message of node {} can't be used: {}", from.value, received.error().message);
        });
    });
    std::vector<rpc::Method> all{introduce_method,        join_method,         register_method,
                                 heartbeat_method,        producer_ids_method, create_topic_method,
                                 alter_partitions_method, leave_method,        damaged_method};
    for (const auto& [method, handler] : leader_methods_) all.push_back(method);
    for (const auto method : all) {
        methods.on_request(method, [this, method](const std::shared_ptr<rpc::Request>& request) {
            executor_.post([this, method, request] {
                handle(method, request->from(), request->body(), [request](const Result<Bytes>& answer) {
                    answer ? request->reply(*answer) : request->fail(answer.error());
                });
            });
        });
    }
}

void Membership::handle(rpc::Method method, NodeId from, ByteView body, Answer done) {
    if (stopped_) return done(Error{Errc::shutting_down, "this node is stopping"});
    if (method == introduce_method) return handle_introduction(done);
    if (!leads()) return done(Error{Errc::not_leader, "this node does not lead the cluster's metadata"});
    if (method == join_method) return handle_join(from, body, std::move(done));
    if (method == register_method) return handle_register(from, body, std::move(done));
    if (method == heartbeat_method) return handle_heartbeat(from, body, done);
    if (method == producer_ids_method) return handle_producer_ids(std::move(done));
    if (method == alter_partitions_method) return handle_alter_partitions(from, body, std::move(done));
    if (method == damaged_method) return handle_damaged(from, body, std::move(done));
    if (method == leave_method) return handle_drain(from, std::move(done));
    if (const auto more = leader_methods_.find(method); more != leader_methods_.end())
        return more->second(body, std::move(done));
    handle_create_topic(body, std::move(done));
}

void Membership::handle_introduction(const Answer& done) const {
    Introduction introduction{.cluster_id = options_.cluster_id, .node = options_.node, .leader = {}};
    const auto leader = controller_.log().leader();
    if (leader == options_.node) {
        for (const auto& endpoint : endpoints_) {
            if (endpoint.listener == cluster_listener)
                introduction.leader = NodeAddress{options_.node, {endpoint.host, endpoint.port}};
        }
    } else if (leader) {
        introduction.leader = peers_.address(*leader);
    }
    done(encode(introduction));
}

// First as a learner; once it has caught up, when it asks again, as a voter.
void Membership::handle_join(NodeId from, ByteView body, Answer done) {
    const auto address = decode_address(body);
    if (!address) return done(address.error());
    if (address->node != from) return done(Error{Errc::not_authorized, "a node can only join by itself"});
    if (controller_.catalogue()->removed_nodes().contains(from))
        return done(Error{Errc::already_exists, "this node was removed from the cluster"});
    peers_.set_address(*address);
    const auto finish = [done = std::move(done)](const Result<void>& outcome) {
        outcome ? done(Bytes{}) : done(outcome.error());
    };
    auto& log = controller_.log();
    const auto members = log.members();
    const auto member = std::ranges::find(members, from, &consensus::Member::node);
    if (member == members.end()) {
        log_info("node {} joins the cluster from {}", from.value, address->endpoint.text());
        return log.add_learner({.node = from, .address = address->endpoint.text(), .is_voter = false},
                               finish);
    }
    if (!member->is_voter) return log.promote(from, finish);
    finish({});
}

void Membership::handle_register(NodeId from, ByteView body, Answer done) {
    auto call = decode_register(body);
    if (!call) return done(call.error());
    if (call->node.id != from) return done(Error{Errc::not_authorized, "a node can only register itself"});
    metadata::RegisterNode request{.node = std::move(call->node), .is_clean = call->is_clean};
    controller_.submit(std::move(request), [done = std::move(done)](const auto& reply) {
        if (!reply) return done(reply.error());
        done(encode_number(static_cast<std::uint64_t>(reply->broker_epoch.value)));
    });
}

void Membership::handle_heartbeat(NodeId from, ByteView body, const Answer& done) {
    const auto heartbeat = decode_heartbeat(body);
    if (!heartbeat) return done(heartbeat.error());
    if (heartbeat->start.node != from) return done(Error{Errc::not_authorized, "another node's heartbeat"});
    if (controller_.log().term() != led_term_) return done(Error{Errc::busy, "just elected"});
    const bool heard = ticks_.leases().heard(*controller_.catalogue(), *heartbeat, clock_.monotonic_ms());
    done(encode_number(heard ? 1 : 0));
}

void Membership::handle_producer_ids(Answer done) {
    controller_.submit(metadata::AllocateProducerIds{}, [done = std::move(done)](const auto& reply) {
        if (!reply) return done(reply.error());
        done(encode(*reply));
    });
}

void Membership::handle_alter_partitions(NodeId from, ByteView body, Answer done) {
    auto request = decode_alter_partitions(body);
    if (!request) return done(request.error());
    if (request->leader.node != from) return done(Error{Errc::not_authorized, "another node's proposals"});
    controller_.submit(std::move(*request), [done = std::move(done)](const auto& reply) {
        if (!reply) return done(reply.error());
        std::vector<std::optional<Errc>> outcomes;
        for (const auto& outcome : reply->outcomes)
            outcomes.push_back(outcome ? std::nullopt : std::optional{outcome.error().code});
        done(encode(outcomes));
    });
}

void Membership::handle_damaged(NodeId from, ByteView body, Answer done) {
    auto request = decode_damaged_replicas(body);
    if (!request) return done(request.error());
    if (request->start.node != from) return done(Error{Errc::not_authorized, "another node's replicas"});
    controller_.submit(std::move(*request), [done = std::move(done)](const auto& reply) {
        if (!reply) return done(reply.error());
        done(encode(*reply));
    });
}

void Membership::handle_create_topic(ByteView body, Answer done) {
    if (body.size() > metadata::max_topic_name_bytes)
        return done(Error{Errc::invalid_name, "a topic's name is too long"});
    controller_.submit(options_.new_topic(std::string{as_text(body)}),
                       [done = std::move(done)](const auto& reply) {
                           if (!reply) return done(reply.error());
                           done(to_bytes((*reply)->name));
                       });
}

}  // namespace weir::cluster
