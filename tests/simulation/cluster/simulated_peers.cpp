// Calls, and how a node learns that one of them came to nothing.
#include "simulation/cluster/simulated_peers.hpp"

#include "broker/replicas.hpp"
#include "simulation/cluster/simulated_broker.hpp"

namespace weir::simulation {

namespace {

// Planted: as if the follower's log were the leader's, as far as it goes.
Bytes without_epochs(Bytes body) {
    auto request = replication::decode_fetch_request(body);
    if (!request) return body;
    for (auto& partition : request->partitions) partition.last_fetched_epoch = no_epoch;
    return encode(*request);
}

}  // namespace

cluster::NodeAddress address_of(NodeId node) {
    return {node, {"10.0.0." + std::to_string(node.value + 1), 9090}};
}

std::optional<cluster::NodeAddress> SimulatedPeers::address(NodeId node) const {
    return address_of(node);
}

struct SimulatedPeers::Call {
    rpc::Called done;
    std::uint64_t life;  // of the caller
    std::int64_t until_us;
    Stream out, back;
    std::uint64_t tears;        // of both, when the call was made
    std::uint64_t callee_life;  // likewise
};

void SimulatedPeers::call(NodeId to, rpc::Method method, Bytes body, std::int64_t timeout_ms,
                          rpc::Called done) {
    if (self_.is_dead()) return;
    auto* there = world_.node(to);
    const Stream out{self_.id(), to, 2 * channel_}, back{to, self_.id(), 2 * channel_ + 1};
    const auto call =
        std::make_shared<Call>(Call{.done = std::move(done),
                                    .life = self_.life(),
                                    .until_us = world_.loop.monotonic_us() + timeout_ms * 1000,
                                    .out = out,
                                    .back = back,
                                    .tears = world_.network.tears(out) + world_.network.tears(back),
                                    .callee_life = there == nullptr || !there->is_up() ? 0 : there->life()});
    watch(call);
    if (there == nullptr) return;
    if (method == broker::replica_fetch && world_.bug.in_node == Planted::no_truncation)
        body = without_epochs(std::move(body));
    world_.network.send(out, [this, call, there, method, body = std::move(body)]() mutable {
        if (!there->is_up() || there->life() != call->callee_life) return;
        there->take_call(channel_, self_.id(), method, std::move(body),
                         [this, call, there](const Result<replication::OutgoingReply>& answer) {
                             if (there->is_dead() || there->life() != call->callee_life) return;
                             world_.network.send(call->back, [this, call, answer] { take(call, answer); });
                         });
    });
}

// Files are read as late as can be.
void SimulatedPeers::take(const std::shared_ptr<Call>& call,
                          const Result<replication::OutgoingReply>& answer) {
    if (!answer) return finish(call, answer.error());
    auto bytes = answer->head;
    for (const auto& range : answer->batches) {
        const auto at = bytes.size();
        bytes.resize(at + range.size);
        const auto got = range.file->read(range.position, ByteSpan{bytes}.subspan(at));
        if (!got || *got != range.size) return world_.network.tear(call->back);
    }
    finish(call, world_.frame_of(bytes));
}

// A connection that breaks is noticed sooner or later, one to nowhere within its time.
void SimulatedPeers::watch(const std::shared_ptr<Call>& call) {
    world_.loop.after(world_.dice.between(20'000, 150'000), [this, call] {
        if (!call->done || call->life != self_.life()) return;
        auto& network = world_.network;
        auto* there = world_.node(call->out.to);
        const bool is_broken = there == nullptr || !there->is_up() || there->life() != call->callee_life ||
                               network.tears(call->out) + network.tears(call->back) != call->tears;
        if (is_broken) return finish(call, Error{Errc::outcome_unknown, "the connection broke"});
        if (world_.loop.monotonic_us() >= call->until_us)
            return finish(call, Error{Errc::timed_out, "no answer"});
        watch(call);
    });
}

void SimulatedPeers::finish(const std::shared_ptr<Call>& call, Result<std::shared_ptr<rpc::Frame>> outcome) {
    if (!call->done || call->life != self_.life() || self_.is_dead()) return;
    self_.executor(channel_).post(
        [done = std::exchange(call->done, nullptr), outcome = std::move(outcome)] { done(outcome); });
}

// Whether this process is still the one of `life`, and packets go both ways.
bool SimulatedPeers::hears(NodeId node, std::uint64_t life) const {
    const auto& network = world_.network;
    return self_.life() == life && self_.is_up() && !self_.is_dead() &&
           !network.is_blocked(self_.id(), node) && !network.is_blocked(node, self_.id());
}

void SimulatedPeers::on_end_of(NodeId node) {
    world_.loop.after(world_.dice.between(100, 20'000), [this, node, life = self_.life()] {
        if (!hears(node, life)) return;
        tell(node, rpc::StreamChange::ended);
        world_.loop.after(world_.dice.between(500, 50'000), [this, node, life] {
            if (hears(node, life) && !world_.node(node)->is_up()) tell(node, rpc::StreamChange::refused);
        });
    });
}

void SimulatedPeers::on_start_of(NodeId node) {
    world_.loop.after(world_.dice.between(500, 500'000), [this, node, life = self_.life()] {
        if (hears(node, life) && world_.node(node)->is_up()) tell(node, rpc::StreamChange::ready);
    });
}

void SimulatedPeers::tell(NodeId node, rpc::StreamChange change) {
    if (!self_.is_up() || self_.is_dead()) return;
    self_.executor(channel_).post([this, node, change] {
        if (told_) told_(node, change);
    });
}

void SimulatedPeers::send(NodeId to, const std::string&, Bytes message) {
    if (self_.is_dead()) return;
    // Right after a vote is when a crash hurts most.
    const bool ends_here = is_granted_vote(message) && !world_.is_calm && world_.dice.one_in(4);
    world_.network.send({self_.id(), to, 2 * channel_}, [this, to, message = std::move(message)] {
        auto* there = world_.node(to);
        if (there != nullptr && there->is_up()) there->take_message(self_.id(), message);
    });
    if (ends_here) self_.end_here();
}

}  // namespace weir::simulation
