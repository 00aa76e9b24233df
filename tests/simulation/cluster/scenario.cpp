// The run, and its faults.
#include "simulation/cluster/scenario.hpp"

#include <fmt/format.h>

namespace weir::simulation {

namespace {

constexpr std::int64_t peace_us = 20'000'000;
constexpr std::int64_t reassign_us = 2'000'000;  // by then it has been decided, if it ever is
constexpr std::int64_t hour_ms = 3'600'000;

consensus::RaftLogOptions log_options(Dice& dice) {
    return {.storage = {},
            .max_pending = 256,
            .max_in_flight = 256,
            .snapshot_every_bytes = static_cast<std::uint64_t>(dice.between(500, 8'000)),
            .trailing_entries = static_cast<unsigned>(dice.between(0, 8)),
            .heartbeat_ms = 20,
            .election_ms = 120};
}

}  // namespace

Scenario::Scenario(const ScenarioOptions& options)
    : options_(options), world_(options.seed, options.bug), clients_(world_) {
    world_.is_traced = options.is_traced;
    world_.log_options = log_options(world_.dice);
    std::vector<consensus::Member> members;
    const int count = world_.dice.one_in(8) ? 1 : 3;
    for (int i = 0; i < count; ++i)
        members.push_back({.node = NodeId{i}, .address = address_of(NodeId{i}).endpoint.text()});
    for (int i = 0; i < count; ++i) add_node(members, {});
    for (int i = count; i < 3; ++i) add_node({}, NodeId{0});
}

void Scenario::add_node(std::vector<consensus::Member> first_members, std::optional<NodeId> first_leader) {
    const NodeId id{static_cast<std::int32_t>(world_.nodes.size())};
    world_.nodes.push_back(
        std::make_unique<SimulatedBroker>(world_, id, std::move(first_members), first_leader));
    world_.nodes.back()->start();
}

SimulatedBroker* Scenario::leader() {
    for (auto& node : world_.nodes)
        if (node->leads()) return node.get();
    return nullptr;
}

Outcome Scenario::run() {
    const auto is_over = [this] { return world_.is_over(); };
    for (std::int64_t i = 1; i <= 3; ++i) world_.loop.after(i * 250'000, [this] { create_topic(); });
    world_.loop.run(600'000, is_over);
    clients_.start();
    trouble_again();
    world_.loop.run(options_.troubled_ms * 1000, is_over);
    make_peace();
    world_.loop.run(peace_us, [&] { return is_over() || has_come_right(); });
    if (!is_over() && !has_come_right()) world_.fail("in peace" + what_is_wrong());
    if (!is_over()) check_end();
    return {.breach = world_.breach(),
            .counts = {{"steps", world_.loop.steps()},
                       {"acknowledged", world_.acknowledged},
                       {"duplicates told apart", world_.duplicates},
                       {"crashes", world_.crashes},
                       {"metadata damaged", world_.damages},
                       {"elections", world_.history.elections()},
                       {"entries", world_.newest_at()},
                       {"snapshots installed", world_.installs},
                       {"operators' changes", changes_}}};
}

void Scenario::trouble_again() {
    world_.loop.after(world_.dice.between(5'000, 220'000), [this] {
        if (world_.is_calm) return;
        trouble();
        trouble_again();
    });
}

void Scenario::trouble() {
    auto& dice = world_.dice;
    auto& node = *dice.pick(world_.nodes);
    switch (dice.between(1, 24)) {
        case 1:
        case 2:
        case 3:
        case 4: return crash_some();
        case 5: return dice.one_in(5) ? crash_all() : crash_some();
        case 6:
        case 7:
        case 8: return cut_network();
        case 9: return world_.network.set_storm(dice.one_in(2));
        case 10: return node.set_slow_disk(dice.one_in(2));
        case 11: return fill_disk();
        case 12: return jump_clock();
        case 13:
        case 14: return node.checkpoint();
        case 15: return mislead(node);
        case 16:
        case 17: return damage();
        case 18: return damage_metadata();
        default: return operate();
    }
}

// The metadata's leader, a partition's leader, or any.
void Scenario::crash_some() {
    auto& dice = world_.dice;
    auto* node = dice.pick(world_.nodes).get();
    if (dice.one_in(3) && leader() != nullptr) node = leader();
    if (const auto topic = any_topic(); topic && dice.one_in(2)) {
        auto* leading = world_.node(topic->partition(PartitionId{0})->leader);
        if (leading != nullptr) node = leading;
    }
    if (node->is_up()) node->crash_soon();
}

void Scenario::crash_all() {
    for (auto& node : world_.nodes) {
        if (!node->is_up()) continue;
        node->crash(test::Crash::power_cut);
        world_.loop.after(world_.dice.between(1'000, 300'000), [broker = node.get()] { broker->start(); });
    }
}

void Scenario::cut_network() {
    auto& dice = world_.dice;
    auto* victim = dice.one_in(3) && leader() != nullptr ? leader() : dice.pick(world_.nodes).get();
    cut_off(victim->id(), dice.between(1, 4));
}

void Scenario::cut_off(NodeId victim, std::int64_t kind) {
    auto& dice = world_.dice;
    for (const auto& other : world_.nodes) {
        if (other->id() == victim || (kind == 3 && dice.one_in(2))) continue;
        if (kind != 4) world_.network.block(victim, other->id());
        if (kind != 2) world_.network.block(other->id(), victim);  // else only one way
    }
    world_.loop.after(dice.between(5'000, 700'000), [this] { world_.network.heal(); });
}

// A firewall refuses in the place of a node that lives.
void Scenario::mislead(SimulatedBroker& node) {
    auto& dice = world_.dice;
    auto* other = dice.one_in(2) && leader() != nullptr ? leader() : dice.pick(world_.nodes).get();
    if (other == &node) return;
    node.metadata_peers().tell(other->id(), rpc::StreamChange::ended);
    node.metadata_peers().tell(other->id(), rpc::StreamChange::refused);
}

void Scenario::fill_disk() {
    auto& node = *world_.dice.pick(world_.nodes);
    node.set_disk_full(true);
    world_.loop.after(world_.dice.between(5'000, 500'000), [&node] { node.set_disk_full(false); });
}

void Scenario::jump_clock() {
    world_.dice.pick(world_.nodes)->clock().set_ahead(world_.dice.between(-1, 1) * hour_ms);
}

// One of several replicas in sync, which hold the same; not before the last damage is mended.
void Scenario::damage() {
    if (!is_mended()) return;
    if (world_.dice.one_in(3) && damage_store()) return;
    const auto topic = any_topic();
    if (!topic) return;
    const PartitionId number{static_cast<std::int32_t>(world_.dice.between(0, topic->partition_count() - 1))};
    const auto& partition = *topic->partition(number);
    if (partition.in_sync.size() < 2 || is_moving(*topic, partition)) return;
    // Else the damaged one may go on alone, and be the only one that has what follows.
    if (metadata::min_in_sync(partition, topic->settings->cluster_min_insync_replicas) < 2) return;
    auto* node = world_.node(world_.dice.pick(partition.in_sync));
    const log::LogKey key{topic->id, number};
    if (node->is_up() && !node->is_dead() && node->damage(key)) damaged_ = {node->id(), {key}};
}

bool Scenario::is_moving(const metadata::Topic& topic, const metadata::Partition& partition) const {
    const auto asked = reassign_asked_us_.find(topic.id);
    return partition.is_reassigning() ||
           (asked != reassign_asked_us_.end() && world_.loop.monotonic_us() < asked->second + reassign_us);
}

// The journal or the checkpoint of a node, which then has nothing.
bool Scenario::damage_store() {
    // Of a partition that is made meanwhile it may be the only one in sync.
    if (partitions_asked_us_ && world_.loop.monotonic_us() < *partitions_asked_us_ + reassign_us)
        return false;
    auto& node = *world_.dice.pick(world_.nodes);
    if (!node.is_up() || node.is_dead() || node.is_retired() || !world_.newest() || !is_spare(node.id()))
        return false;
    auto logs = node.damage_store();
    if (logs.empty()) return false;
    damaged_ = {node.id(), std::move(logs), true};
    return true;
}

// Now and then when another one is behind, and who has what that one lacks is cut off, too.
void Scenario::damage_metadata() {
    auto& dice = world_.dice;
    std::vector<SimulatedBroker*> able;
    for (const auto& each : world_.nodes)
        if (may_lose_metadata(*each)) able.push_back(each.get());
    if (able.empty()) return;
    auto& node = *dice.pick(able);
    if (dice.one_in(2)) return node.damage_metadata();
    cut_off(dice.pick(world_.nodes)->id(), 1);
    world_.loop.after(dice.between(10'000, 150'000), [this, &node] {
        if (!may_lose_metadata(node)) return;
        const auto last = leader()->id();
        world_.network.heal();
        node.damage_metadata();
        if (last != node.id()) cut_off(last, 1);
    });
}

// One at a time, of a group that can elect a leader without it, as all know.
bool Scenario::may_lose_metadata(SimulatedBroker& node) {
    auto* first = leader();
    if (world_.is_calm || first == nullptr || !node.is_up() || node.is_dead() || node.is_retired() ||
        !has_all_metadata())
        return false;
    if (group_asked_us_ && world_.loop.monotonic_us() < *group_asked_us_ + reassign_us) return false;
    const auto members = first->log().members();
    const auto knows = [&](const consensus::Member& member) {
        auto& known = *world_.node(member.node);
        return known.is_up() && !known.is_dead() && known.has_noted(members);
    };
    const bool is_member = std::ranges::find(members, node.id(), &consensus::Member::node) != members.end();
    return is_member && consensus::can_elect_without(node.id(), members) &&
           std::ranges::all_of(members, knows);
}

bool Scenario::has_all_metadata() const {
    return std::ranges::all_of(world_.nodes, [](const auto& node) { return node->has_metadata(); });
}

// Whether all partitions go on without the node, and none counts on what it has.
bool Scenario::is_spare(NodeId node) {
    bool is_any = false, is_spare = true;
    world_.newest()->for_each_topic([&](const metadata::TopicPtr& topic) {
        for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
            const auto& partition = *topic->partition(PartitionId{i});
            if (!metadata::contains(partition.replicas, node)) continue;
            is_any = true;
            const auto needed =
                metadata::min_in_sync(partition, topic->settings->cluster_min_insync_replicas);
            const auto others =
                metadata::kept(partition.in_sync, [&](NodeId other) { return other != node; });
            is_spare = is_spare && needed >= 2 && others.size() >= needed && !is_moving(*topic, partition) &&
                       !metadata::contains(partition.eligible, node);
        }
    });
    return is_any && is_spare;
}

// Whether the logs that were damaged last hold again, or are gone.
bool Scenario::is_mended() {
    if (!damaged_) return true;
    auto& node = *world_.node(damaged_->node);
    if (damaged_->is_store && node.is_harmed() && !node.is_retired()) return false;
    if (!std::ranges::all_of(damaged_->logs, [&](const auto& key) { return is_mended(node, key); }))
        return false;
    damaged_.reset();
    return true;
}

bool Scenario::is_mended(SimulatedBroker& node, const log::LogKey& key) {
    const auto& newest = world_.newest();
    const auto* topic = newest ? newest->find(key.topic_id) : nullptr;
    const auto* partition = topic == nullptr ? nullptr : topic->partition(key.partition);
    const bool is_there = partition != nullptr && metadata::contains(partition->replicas, node.id());
    if (!is_there || node.is_retired()) return true;
    const auto log = node.is_up() && !node.is_dead() ? node.partition_log(key) : nullptr;
    if (!log || log->is_damaged()) return false;
    for (auto at = log->log_start(); at < log->durable_end();) {
        const auto verified = log->verify(at, 1 << 20);
        if (!verified || verified->bytes == 0) return false;
        at = verified->next;
    }
    return true;
}

void Scenario::make_peace() {
    world_.is_calm = true;
    world_.network.heal();
    world_.network.set_storm(false);
    for (auto& node : world_.nodes) {
        node->set_disk_full(false);
        if (node->is_up()) node->set_slow_disk(false);
        node->start();
    }
    clients_.forget();
    keep_peace();
}

// Who was to join by way of a node that is gone by now is shown another.
void Scenario::help_joining() {
    const auto& newest = world_.newest();
    auto* first = leader();
    if (!newest || first == nullptr) return;
    for (const auto& node : world_.nodes) {
        const auto by = node->first_leader();
        if (node->is_retired() || !by || !world_.node(*by)->is_retired()) continue;
        if (newest->node(node->id()) == nullptr && !newest->removed_nodes().contains(node->id()))
            node->join_by(first->id());
    }
}

// Operators end what they began.
void Scenario::keep_peace() {
    if (const auto& newest = world_.newest()) {
        for (const auto& [id, node] : newest->nodes())
            if (node.drain != metadata::Drain::none)
                ask(metadata::DrainNode{.node = id, .drain = metadata::Drain::none});
    }
    retire_removed();
    help_joining();
    if (!world_.newest() || topics_.empty()) create_topic();
    world_.loop.after(200'000, [this] { keep_peace(); });
}

bool Scenario::has_come_right() {
    if (world_.loop.steps() % 64 != 0) return false;  // it is a long look
    return what_is_wrong().empty();
}

std::string Scenario::what_is_wrong() {
    auto* first = leader();
    if (first == nullptr) return ": nobody leads the metadata";
    const auto catalogue = first->catalogue();
    for (const auto& [id, known] : catalogue->nodes()) {
        auto* node = world_.node(id);
        if (!node->is_up() || known.is_fenced || known.drain != metadata::Drain::none)
            return fmt::format(": node {} is not in use (up {}, fenced {})", id.value, node->is_up(),
                               known.is_fenced);
        if (node->log().applied().index + 5 < first->log().applied().index)
            return fmt::format(": node {} has applied {} of {}", id.value, node->log().applied().index,
                               first->log().applied().index);
    }
    for (const auto& name : topics_)
        if (catalogue->find(name) == nullptr) return ": the topic " + name + " is gone";
    for (const auto& node : world_.nodes) {
        const bool is_expected = !node->is_retired() && !catalogue->removed_nodes().contains(node->id());
        if (is_expected && catalogue->node(node->id()) == nullptr)
            return fmt::format(": node {} is not registered", node->id().value);
    }
    if (!has_all_metadata()) return ": a node has not got its metadata back";
    if (!is_mended()) return fmt::format(": a log of node {} is still damaged", damaged_->node.value);
    std::string wrong;
    clients_.set_finishing(is_all_written(*catalogue));
    catalogue->for_each_topic([&](const metadata::TopicPtr& topic) {
        for (std::int32_t i = 0; i < topic->partition_count() && wrong.empty(); ++i)
            wrong = what_is_wrong(*topic, PartitionId{i});
    });
    return wrong.empty() && topics_.empty() ? ": no topic" : wrong;
}

bool Scenario::is_all_written(const metadata::Catalogue& catalogue) const {
    bool is_all = true;
    catalogue.for_each_topic([&](const metadata::TopicPtr& topic) {
        for (std::int32_t i = 0; i < topic->partition_count(); ++i)
            is_all = is_all && clients_.has_written({topic->id, PartitionId{i}});
    });
    return is_all;
}

// The partition as each node sees it.
std::string Scenario::places_of(const log::LogKey& key) {
    std::string places;
    for (const auto& node : world_.nodes) {
        const auto place = node->is_up() ? node->partition(key) : nullptr;
        if (!place) continue;
        const auto log = place->log();
        places += fmt::format(
            "\n  node {}: epoch {}, leads {}, replicated {}, takes all {}, end {}, readable {}",
            node->id().value, place->leader_epoch().value, place->is_led(), place->state.is_replicated,
            place->state.takes_all, log ? log->end().value : -1, log ? log->readable_end().value : -1);
    }
    return places;
}

std::string Scenario::what_is_wrong(const metadata::Topic& topic, PartitionId number) {
    const auto& partition = *topic.partition(number);
    const log::LogKey key{topic.id, number};
    const auto text = [&](std::string_view what) {
        return fmt::format(": partition {} of {}, led by {} in epoch {}, {} of {} in sync, {} new: {}{}",
                           number.value, topic.name, partition.leader.value, partition.leader_epoch.value,
                           partition.in_sync.size(), partition.replicas.size(), partition.adding.size(), what,
                           places_of(key));
    };
    if (partition.is_reassigning()) return text("is still being moved");
    if (partition.in_sync.size() != partition.replicas.size()) return text("not all are in sync");
    const auto leading = world_.node(partition.leader)->partition_log(key);
    if (!leading) return text("the leader has no log");
    if (!clients_.has_written(key)) return text("nothing is acknowledged" + clients_.state());
    if (!clients_.is_idle()) return text("a producer waits" + clients_.state());
    for (const auto id : partition.replicas) {
        auto wrong = what_is_wrong(*world_.node(id), key, *leading);
        if (!wrong.empty()) return text(wrong);
    }
    if (!clients_.has_read(key, leading->durable_end())) return text("a reader does not get on");
    return {};
}

std::string Scenario::what_is_wrong(SimulatedBroker& node, const log::LogKey& key,
                                    log::PartitionLog& leading) {
    const auto log = node.partition_log(key);
    if (!log) return fmt::format("node {} has no log", node.id().value);
    if (log->end() == leading.end() && log->readable_end() == log->end()) return {};
    return fmt::format("node {} ends at {} (durable {}, readable {}), the leader at {}", node.id().value,
                       log->end().value, log->durable_end().value, log->readable_end().value,
                       leading.end().value);
}

// All replicas hold the same, all of it acknowledged or read.
void Scenario::check_end() {
    leader()->catalogue()->for_each_topic([&](const metadata::TopicPtr& topic) {
        for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
            const log::LogKey key{topic->id, PartitionId{i}};
            auto& checker = world_.checker(key);
            for (const auto id : topic->partition(key.partition)->replicas) {
                auto& log = *world_.node(id)->partition_log(key);
                if (log.is_damaged() || !content(log, log.log_start(), log.end()))
                    world_.fail(fmt::format("node {} has a log that can't be read", id.value));
                checker.replica(log, log.log_start(), log.end(), id.value);
                checker.leads(log, id.value);
            }
        }
    });
}

}  // namespace weir::simulation
