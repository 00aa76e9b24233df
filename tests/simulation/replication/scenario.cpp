// Clients, faults, and what must hold in the end.
#include "simulation/replication/scenario.hpp"

#include "support/batch_builder.hpp"

namespace weir::simulation {

Scenario::Scenario(const ScenarioOptions& options)
    : options_(options),
      world_(options.seed),
      network_(world_),
      controller_(world_, options.durability == log::Durability::journal, options.planted),
      cluster_{world_, network_, controller_, checker_, options.planted, options.durability} {
    world_.traced = options.traced;
    for (int number = 0; number < node_count; ++number) {
        nodes_.push_back(std::make_unique<Node>(cluster_, number, options.seed));
    }
}

Scenario::~Scenario() = default;

void Scenario::every_ms(std::int64_t ms, const std::function<void()>& what) {
    world_.after_us(ms * 500 + static_cast<std::int64_t>(world_.pick(static_cast<std::uint64_t>(ms) * 1000)),
                    [this, ms, what] {
                        if (over()) return;
                        what();
                        every_ms(ms, what);
                    });
}

std::vector<std::string> Scenario::run() {
    for (auto& node : nodes_) node->start();
    every_ms(6, [this] { produce(); });
    every_ms(30, [this] { nodes_[world_.pick(node_count)]->consume(); });
    every_ms(50, [this] { controller_.tick(); });
    every_ms(400, [this] { nodes_[world_.pick(node_count)]->checkpoint(); });
    every_ms(60, [this] { faulty_ ? fault() : restart_some(); });
    world_.run_until_ms(1000 + options_.faults_ms);
    if (!over()) {
        faulty_ = false;
        heal();
        const auto before = checker_.acknowledged_count();
        world_.run_until_ms(1000 + options_.faults_ms + options_.quiet_ms);
        if (!over() && !is_stuck() && checker_.acknowledged_count() <= before + 10) {
            checker_.fail("nothing more is acknowledged once all is healed" + state());
        }
        if (!over() && !is_stuck()) check_end();
    }
    return checker_.failures();
}

// Clients mostly know who leads.
void Scenario::produce() {
    auto node = controller_.registration().leader.value;
    if (node < 0 || world_.chance(30)) node = world_.pick_node();
    nodes_[static_cast<std::size_t>(node)]->produce(
        test::make_batch({.records = static_cast<std::int32_t>(1 + world_.pick(3)),
                          .bytes = 8 + world_.pick(60),  // no two of them are equal
                          .seed = ++sent_,
                          .timestamp_ms = world_.wall_ms()}));
}

void Scenario::fault() {
    restart_some();
    switch (world_.pick(20)) {
        case 0:
        case 1: return crash_one(test::Crash::power_cut, false);
        case 2: return crash_one(test::Crash::power_cut, true);
        case 3: return crash_one(test::Crash::kill, false);
        case 4:
            if (!world_.chance(15)) return;
            for (int number = 0; number < node_count; ++number) crash_one(test::Crash::power_cut, false);
            return;
        case 5:
        case 6: return controller_.move_leader();
        case 7: return nodes_[world_.pick(node_count)]->set_sync_us(world_.chance(50) ? 1000 : 300'000);
        case 8:
        case 9:
        case 10:
        case 11: return network_fault();
        case 12:
        case 13: return network_.heal();
        default: return;
    }
}

void Scenario::network_fault() {
    switch (world_.pick(5)) {
        case 0: network_.isolate(world_.pick_node()); break;
        case 1:
        case 2: network_.cut(world_.pick_node(), static_cast<int>(world_.pick(node_count + 1))); break;
        case 3: network_.loss_percent = world_.pick(3) * 10; break;
        default:
            network_.late_percent = world_.pick(3) * 10;
            network_.slowest_us = world_.chance(50) ? 2000 : 60'000;
    }
}

// A page cache's promise: what one node loses, another in-sync one still has.
bool Scenario::may_crash(int node) const {
    if (options_.durability == log::Durability::journal) return true;
    for (int other = 0; other < node_count; ++other) {
        if (other != node && controller_.is_in_sync(other) &&
            nodes_[static_cast<std::size_t>(other)]->is_current())
            return true;
    }
    return false;
}

void Scenario::crash_one(test::Crash kind, bool torn) {
    const auto number = world_.pick_node();
    auto& node = *nodes_[static_cast<std::size_t>(number)];
    if (!node.is_up() || !may_crash(number)) return;
    ++crashes_;
    if (torn && options_.durability == log::Durability::journal) return node.crash_soon(world_.pick(12));
    node.crash(kind);
    // Often back before the controller has noticed.
    if (world_.chance(60)) {
        world_.after_us(static_cast<std::int64_t>(1000 + world_.pick(150'000)), [&node] { node.start(); });
    }
}

void Scenario::restart_some() {
    for (auto& node : nodes_) {
        if (!node->is_up() && world_.chance(25)) node->start();
    }
}

void Scenario::heal() {
    network_.heal();
    network_.loss_percent = network_.late_percent = 0;
    network_.slowest_us = 2000;
    for (auto& node : nodes_) {
        node->set_sync_us(1000);
        node->start();
    }
}

std::string Scenario::state() const {
    const auto& committed = controller_.registration();
    auto text =
        fmt::format(": leader {} in epoch {}, in sync", committed.leader.value, committed.leader_epoch.value);
    for (const auto& member : committed.in_sync) text += fmt::format(" {}", member.node.value);
    for (const auto& node : nodes_) {
        text += !node->is_up() ? "; down" : !node->is_registered() ? "; not registered" : "";
        if (!node->is_registered()) continue;
        auto& replica = *node->replica();
        text += fmt::format("; epoch {} leader {} watermark {} durable {} end {}", replica.epoch().value,
                            replica.leader().value, replica.high_watermark().value,
                            replica.log().durable_end().value, replica.log().end().value);
    }
    return text;
}

void Scenario::check_end() {
    const auto leader = controller_.registration().leader.value;
    if (leader < 0 || controller_.registration().in_sync.size() != node_count) {
        return checker_.fail("not all are in sync once all is healed" + state());
    }
    for (int number = 0; number < node_count; ++number) {
        auto& replica = *nodes_[static_cast<std::size_t>(number)]->replica();
        checker_.replica(replica.log(), replica.log().log_start(), replica.high_watermark(), number);
        checker_.leads(replica.log(), number);
    }
}

}  // namespace weir::simulation
