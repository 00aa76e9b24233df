// Writers and faults, all of them drawn from the seed.
#include "simulation/consensus/scenario.hpp"

#include <fmt/format.h>

namespace weir::simulation {

namespace {

constexpr std::size_t most_nodes = 7;
constexpr std::int64_t peace_us = 60'000'000;
constexpr std::int64_t change_us = 400'000;  // by then a change of the group is decided, if it ever is

consensus::RaftLogOptions log_options(Dice& dice) {
    return {.storage = {},
            .max_pending = static_cast<std::size_t>(dice.between(1, 300)),
            .max_in_flight = static_cast<std::size_t>(dice.between(1, 256)),
            .snapshot_every_bytes = static_cast<std::uint64_t>(dice.between(600, 20'000)),
            .trailing_entries = static_cast<unsigned>(dice.between(0, 30)),
            .heartbeat_ms = 15,
            .election_ms = 100};
}

}  // namespace

Scenario::Scenario(const ScenarioOptions& options)
    : options_(options),
      dice_(options.seed),
      network_(loop_, dice_),
      world_{.loop = loop_,
             .dice = dice_,
             .network = network_,
             .history = history_,
             .deliver =
                 [this](NodeId from, NodeId to, const Bytes& message) {
                     for (auto& node : nodes_)
                         if (node->id() == to) node->deliver(from, message);
                 },
             .ended = [this](NodeId id) { tell_end_of(id); },
             .bug = options.bug,
             .options = log_options(dice_)} {
    std::vector<int> sizes{1, 3, 3, 3, 5};
    const int count = dice_.pick(sizes);
    std::vector<consensus::Member> members;
    for (int i = 0; i < count; ++i)
        members.push_back({.node = NodeId{i}, .address = fmt::format("node-{}", i)});
    for (int i = 0; i < count; ++i) add_node(NodeId{i}, members);
}

void Scenario::add_node(NodeId id, std::vector<consensus::Member> first_members) {
    nodes_.push_back(std::make_unique<SimulatedNode>(world_, id, std::move(first_members)));
    nodes_.back()->start();
}

SimulatedNode* Scenario::leader() {
    for (auto& node : nodes_)
        if (node->leads()) return node.get();
    return nullptr;
}

Outcome Scenario::run() {
    write_again();
    trouble_again();
    loop_.run(options_.troubled_ms * 1000, [this] { return is_over(); });
    make_peace();
    loop_.run(peace_us, [this] { return is_over() || has_come_right(); });
    if (!is_over()) expect_come_right();
    return {.breach = history_.breach(),
            .counts = {{"steps", loop_.steps()},
                       {"acknowledged", history_.acknowledgements()},
                       {"crashes", world_.crashes},
                       {"damaged", world_.damages},
                       {"elections", history_.elections()},
                       {"changes of the group", counts_.group_changes},
                       {"transfers", counts_.transfers},
                       {"snapshots installed", world_.installs},
                       {"refused for space", counts_.refusals_for_space}}};
}

void Scenario::write_again() {
    const auto pause_us = dice_.one_in(10) ? dice_.between(20'000, 200'000) : dice_.between(200, 20'000);
    loop_.after(pause_us, [this] {
        auto& any = dice_.pick(nodes_);
        auto* node = dice_.one_in(8) ? any.get() : leader();
        for (auto i = dice_.one_in(5) ? dice_.between(2, 40) : 1; node != nullptr && i > 0; --i) write(*node);
        write_again();
    });
}

// A command that no other is like; whoever refuses it must mean it.
void Scenario::write(SimulatedNode& node) {
    auto command = fmt::format("{}:", ++commands_);
    command.resize(
        command.size() + static_cast<std::size_t>(dice_.between(0, dice_.one_in(50) ? 50'000 : 100)), 'x');
    const bool is_last = is_calm_;
    node.call([this, &node, command, is_last](consensus::MetadataLog& log) {
        if (dice_.one_in(20)) {
            log.read_barrier([this, &node, least = history_.last_acknowledged()](const auto& at) {
                if (at && !node.is_dead())
                    history_.check(node.log().applied().index >= least, "a read barrier came too early");
            });
        }
        const auto bytes = as_bytes(command);
        log.propose({bytes.begin(), bytes.end()}, [this, &node, command, is_last](const auto& at) {
            if (node.is_dead()) return;
            if (at) {
                history_.acknowledged(*at, command);
                is_done_ = is_done_ || is_last;
            } else if (at.error().code != Errc::outcome_unknown) {
                history_.refused(command);
                if (at.error().code == Errc::no_space) ++counts_.refusals_for_space;
            }
        });
    });
}

void Scenario::trouble_again() {
    loop_.after(dice_.between(5'000, 250'000), [this] {
        if (is_calm_) return;
        trouble();
        trouble_again();
    });
}

void Scenario::trouble() {
    auto& node = *dice_.pick(nodes_);
    switch (dice_.between(1, 15)) {
        case 1:
        case 2:
        case 3: return crash_one();
        case 4:
        case 5: return cut_network();
        case 6: return network_.set_storm(dice_.one_in(2));
        case 7: return node.set_slow_disk(dice_.one_in(2));
        case 8:
            node.set_disk_full(true);
            return loop_.after(dice_.between(5'000, 600'000), [&node] { node.set_disk_full(false); });
        case 9: return mislead(node);
        case 10:
        case 11: return damage_one();
        default: return change_group();
    }
}

void Scenario::crash_one() {
    auto* node = dice_.one_in(2) ? leader() : dice_.pick(nodes_).get();
    if (node == nullptr) node = dice_.pick(nodes_).get();
    if (node->is_up()) node->crash_soon();
}

// Now and then when another one is behind, and who has what that one lacks is cut off, too.
void Scenario::damage_one() {
    std::vector<SimulatedNode*> able;
    for (const auto& each : nodes_)
        if (may_be_damaged(*each)) able.push_back(each.get());
    if (able.empty()) return;
    auto& node = *dice_.pick(able);
    if (dice_.one_in(2)) return node.damage();
    cut_off(dice_.pick(nodes_)->id(), 1);
    loop_.after(dice_.between(10'000, 150'000), [this, &node] {
        if (!may_be_damaged(node)) return;
        const auto last = leader()->id();
        network_.heal();
        node.damage();
        if (last != node.id()) cut_off(last, 1);
    });
}

// One at a time, of a group that can elect a leader without it, as all know.
bool Scenario::may_be_damaged(SimulatedNode& node) {
    const auto* first = leader();
    if (is_calm_ || first == nullptr || !node.is_up() || node.is_dead() || !has_all()) return false;
    if (loop_.monotonic_us() < group_asked_us_ + change_us) return false;
    const auto members = leader()->log().members();
    const auto knows = [&](const consensus::Member& member) {
        auto& known = *nodes_[static_cast<std::size_t>(member.node.value)];
        return known.is_up() && !known.is_dead() && known.has_noted(members);
    };
    const bool is_member = std::ranges::find(members, node.id(), &consensus::Member::node) != members.end();
    return is_member && consensus::can_elect_without(node.id(), members) &&
           std::ranges::all_of(members, knows);
}

bool Scenario::has_all() const {
    return std::ranges::all_of(nodes_, [](const auto& node) { return node->has_all(); });
}

// The others' connections break and are refused, unless nothing gets through.
void Scenario::tell_end_of(NodeId id) {
    loop_.after(dice_.between(500, 50'000), [this, id] {
        if (nodes_[static_cast<std::size_t>(id.value)]->is_up()) return;
        for (const auto& node : nodes_) {
            if (network_.is_blocked(id, node->id()) || network_.is_blocked(node->id(), id)) continue;
            loop_.after(dice_.between(0, 5'000),
                        [&to = *node, id] { to.call([id](auto& log) { log.on_gone(id); }); });
        }
    });
}

// Who leads is said to be gone, and is not.
void Scenario::mislead(SimulatedNode& node) {
    const auto* first = leader();
    if (first == nullptr || first->id() == node.id()) return;
    node.call([id = first->id()](auto& log) { log.on_gone(id); });
}

void Scenario::cut_network() {
    const auto victim = dice_.pick(nodes_)->id();
    cut_off(victim, dice_.between(1, 3));
}

void Scenario::cut_off(NodeId victim, std::int64_t kind) {
    for (const auto& other : nodes_) {
        if (other->id() == victim || (kind == 3 && dice_.one_in(2))) continue;
        network_.block(victim, other->id());
        if (kind != 2) network_.block(other->id(), victim);  // else only one way
    }
    loop_.after(dice_.between(5'000, 600'000), [this] { network_.heal(); });
}

void Scenario::change_group() {
    auto* node = leader();
    if (node == nullptr) return;
    if (!has_all()) return;  // who is left might need the vote of one that recovers
    group_asked_us_ = loop_.monotonic_us();
    const auto members = node->log().members();
    const auto target =
        members[static_cast<std::size_t>(dice_.between(0, static_cast<std::int64_t>(members.size()) - 1))];
    const auto count = [](std::uint64_t& what) {
        return [&what](const Result<void>& done) { what += done ? 1 : 0; };
    };
    if (!target.is_voter)
        return node->call([=, this](auto& log) { log.promote(target.node, count(counts_.group_changes)); });
    switch (dice_.between(1, 4)) {
        case 1:
        case 2: return grow_group(*node);
        case 3:
            return node->call(
                [=, this](auto& log) { log.remove(target.node, count(counts_.group_changes)); });
        default:
            return node->call([=, this](auto& log) { log.transfer(target.node, count(counts_.transfers)); });
    }
}

void Scenario::grow_group(SimulatedNode& leader) {
    const NodeId id{static_cast<std::int32_t>(nodes_.size())};
    if (nodes_.size() >= most_nodes) return;
    add_node(id, {});
    leader.call([this, id](auto& log) {
        log.add_learner({.node = id, .address = fmt::format("node-{}", id.value)},
                        [this](const Result<void>& done) { counts_.group_changes += done ? 1 : 0; });
    });
}

void Scenario::make_peace() {
    is_calm_ = world_.is_calm = true;
    network_.heal();
    network_.set_storm(false);
    for (auto& node : nodes_) {
        node->set_disk_full(false);
        node->set_slow_disk(false);
        node->start();
    }
}

// Whether something new was acknowledged and every member has all that any has.
bool Scenario::has_come_right() {
    if (!is_done_) return false;
    auto* first = leader();
    if (first == nullptr) return false;
    const auto applied = first->log().applied();
    if (applied.index < history_.last_acknowledged()) return false;
    for (const auto& member : first->log().members()) {
        const auto& node = nodes_[static_cast<std::size_t>(member.node.value)];
        if (!node->is_up() || node->log().applied().index + 5 < applied.index || !node->has_all())
            return false;
    }
    return true;
}

void Scenario::expect_come_right() {
    history_.check(leader() != nullptr, "no leader in peace" + state());
    history_.check(is_done_, "nothing is acknowledged in peace" + state());
    history_.check(has_come_right(), "a member does not catch up in peace" + state());
}

std::string Scenario::state() {
    std::string out;
    for (const auto& node : nodes_) {
        out += fmt::format("\n  node {}: ", node->id().value);
        if (!node->is_up()) {
            out += "down";
            continue;
        }
        const auto& log = node->log();
        out += fmt::format("role {}, term {}, leader {}, applied {}, members", static_cast<int>(log.role()),
                           log.term(), log.leader().value_or(NodeId{-1}).value, log.applied().index);
        for (const auto& member : log.members())
            out += fmt::format(" {}{}", member.node.value, member.is_voter ? "" : "(learner)");
    }
    return out;
}

}  // namespace weir::simulation
