// The controller's decisions, as KIP-966 has them.
#include "simulation/replication/controller.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace weir::simulation {

Controller::Controller(World& world, bool journal, Planted planted)
    : world_(world), journal_(journal), planted_(planted) {
    registration_.leader_epoch = LeaderEpoch{0};
    registration_.min_in_sync = min_in_sync;
    for (int node = 0; node < node_count; ++node) {
        registration_.replicas.push_back(NodeId{node});
        registration_.in_sync.push_back({NodeId{node}, BrokerEpoch{0}});
    }
}

bool Controller::is_in_sync(int node) const {
    return std::ranges::any_of(registration_.in_sync,
                               [&](const auto& member) { return member.node == NodeId{node}; });
}

void Controller::changed() {
    ++registration_.partition_epoch.value;
    std::string in_sync;
    for (const auto& member : registration_.in_sync) {
        in_sync += fmt::format(" {}/{}", member.node.value, member.broker_epoch.value);
    }
    world_.note("controller: leader {} epoch {} partition epoch {} in sync{} eligible {}",
                registration_.leader.value, registration_.leader_epoch.value,
                registration_.partition_epoch.value, in_sync, fmt::join(eligible_, " "));
}

// The last one stays, unless it may have lost what it had.
void Controller::leave(int node, bool stays_eligible) {
    if (!is_in_sync(node)) return;
    if (registration_.in_sync.size() == 1 && stays_eligible) return;
    std::erase_if(registration_.in_sync, [&](const auto& member) { return member.node == NodeId{node}; });
    if (stays_eligible && registration_.in_sync.size() < min_in_sync) eligible_.insert(node);
    changed();
}

void Controller::lose_leader(int node) {
    if (registration_.leader != NodeId{node}) return;
    registration_.leader = replication::no_node;
    ++registration_.leader_epoch.value;
    changed();
}

BrokerEpoch Controller::register_node(int node, std::uint64_t incarnation) {
    auto& entry = nodes_[node];
    const bool first = entry.broker_epoch == BrokerEpoch{0};
    if (!first && entry.incarnation == incarnation) return entry.broker_epoch;
    entry = {BrokerEpoch{++broker_epochs_}, incarnation, true, world_.now_ms()};
    if (!first && planted_ != Planted::keeps_place &&
        !(planted_ == Planted::leads_on && registration_.leader == NodeId{node})) {
        leave(node, journal_);
        if (!journal_) eligible_.erase(node);
    }
    for (auto& member : registration_.in_sync) {
        if (member.node == NodeId{node}) member.broker_epoch = entry.broker_epoch;
    }
    changed();
    if (planted_ != Planted::leads_on) lose_leader(node);
    elect();
    return entry.broker_epoch;
}

void Controller::heartbeat(int node, BrokerEpoch broker_epoch) {
    auto& entry = nodes_[node];
    if (entry.broker_epoch != broker_epoch) return;
    entry.alive = true;
    entry.heard_ms = world_.now_ms();
}

void Controller::fence(int node) {
    nodes_[node].alive = false;
    leave(node, true);
    lose_leader(node);
}

void Controller::tick() {
    for (int node = 0; node < node_count; ++node) {
        if (nodes_[node].alive && world_.now_ms() - nodes_[node].heard_ms > session_ms) fence(node);
    }
    elect();
}

bool Controller::may_take(const AlterInSync& proposal) const {
    if (proposal.in_sync.empty()) return false;
    const bool current = proposal.leader_epoch == registration_.leader_epoch &&
                         proposal.partition_epoch == registration_.partition_epoch;
    if (!current && planted_ != Planted::stale_change) return false;
    return std::ranges::all_of(proposal.in_sync, [&](const auto& member) {
        const auto& entry = nodes_[member.node.value];
        if (!entry.alive) return false;
        return entry.broker_epoch == member.broker_epoch || planted_ == Planted::no_broker_epoch;
    });
}

AlterOutcome Controller::alter(int, const AlterInSync& proposal) {
    if (proposal.leader_epoch < registration_.leader_epoch && planted_ != Planted::stale_change) {
        return AlterOutcome::fenced;
    }
    if (!may_take(proposal)) return AlterOutcome::refused;
    for (const auto& member : registration_.in_sync) {
        if (proposal.in_sync.size() < min_in_sync) eligible_.insert(member.node.value);
    }
    registration_.in_sync = proposal.in_sync;
    if (registration_.in_sync.size() >= min_in_sync) eligible_.clear();
    for (const auto& member : registration_.in_sync) eligible_.erase(member.node.value);
    changed();
    return AlterOutcome::committed;
}

bool Controller::is_eligible(int node) const {
    if (!nodes_[node].alive) return false;
    if (planted_ == Planted::unclean_election) return true;
    if (is_in_sync(node)) return true;
    const bool any =
        std::ranges::any_of(registration_.in_sync, [&](const auto& m) { return nodes_[m.node.value].alive; });
    return !any && eligible_.contains(node);
}

void Controller::elect() {
    if (registration_.leader != replication::no_node) return;
    std::vector<int> candidates;
    for (int node = 0; node < node_count; ++node) {
        if (is_eligible(node)) candidates.push_back(node);
    }
    if (!candidates.empty()) make_leader(candidates[world_.pick(candidates.size())]);
}

void Controller::make_leader(int node) {
    if (!is_in_sync(node)) {
        registration_.in_sync = {{NodeId{node}, nodes_[node].broker_epoch}};
        eligible_.erase(node);
    }
    registration_.leader = NodeId{node};
    ++registration_.leader_epoch.value;
    changed();
}

void Controller::move_leader() {
    const auto start = world_.pick_node();
    for (int i = 0; i < node_count; ++i) {
        const auto node = (start + i) % node_count;
        if (registration_.leader != NodeId{node} && is_in_sync(node) && nodes_[node].alive) {
            return make_leader(node);
        }
    }
}

}  // namespace weir::simulation
