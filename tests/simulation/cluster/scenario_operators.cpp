// What operators ask of the cluster, at any time.
#include <fmt/format.h>

#include "simulation/cluster/scenario.hpp"

namespace weir::simulation {

namespace {

constexpr std::size_t most_nodes = 6;
constexpr std::size_t most_topics = 4;

}  // namespace

template <class Request, class Done>
void Scenario::ask(Request request, Done done) {
    auto* node = world_.dice.one_in(8) ? world_.dice.pick(world_.nodes).get() : leader();
    if (node == nullptr || !node->is_up()) return;
    node->controller().submit(std::move(request), [this, node, done](const auto& reply) {
        if (node->is_dead()) return;
        count(reply.has_value());
        if (reply) done(*reply);
    });
}

template <class Request>
void Scenario::ask(Request request) {
    ask(std::move(request), [](const auto&) {});
}

template void Scenario::ask(metadata::DrainNode);

metadata::TopicPtr Scenario::any_topic() {
    std::vector<metadata::TopicPtr> all;
    if (world_.newest())
        world_.newest()->for_each_topic([&](const metadata::TopicPtr& topic) { all.push_back(topic); });
    if (all.empty()) return nullptr;
    std::ranges::sort(all, {}, &metadata::Topic::name);
    return world_.dice.pick(all);
}

void Scenario::operate() {
    // A partition that it is given meanwhile, and nobody else, counts as lost, too.
    if (damaged_ && damaged_->is_store && !is_mended()) return;
    switch (world_.dice.between(1, 16)) {
        case 1: return create_topic();
        case 2: return delete_topic();
        case 3: return alter_topic();
        case 4:
        case 5:
        case 6: return reassign();
        case 7:
        case 8: return elect();
        case 9:
        case 10: return drain();
        case 11: return join();
        case 12:
        case 13: return remove();
        default: return change_group();
    }
}

void Scenario::create_topic() {
    if (topics_.size() >= most_topics) return;
    auto& dice = world_.dice;
    const auto replicas = dice.one_in(6) ? dice.between(1, 2) : 3;
    const auto name = fmt::format("topic-{}", ++topic_count_);
    partitions_asked_us_ = world_.loop.monotonic_us();
    ask(
        metadata::CreateTopic{
            .name = name,
            .partitions = static_cast<std::int32_t>(dice.between(1, 2)),
            .replication_factor = static_cast<std::int32_t>(replicas),
            .overrides = {{"min.insync.replicas", dice.one_in(5) || replicas == 1 ? "1" : "2"},
                          {"segment.bytes", fmt::format("{}", dice.between(1'000, 6'000))}}},
        [this, name](const auto&) { topics_.insert(name); });
}

void Scenario::delete_topic() {
    if (topics_.size() < 2) return;
    const auto topic = any_topic();
    if (!topic) return;
    topics_.erase(topic->name);
    ask(metadata::DeleteTopic{.name = topic->name});
}

void Scenario::alter_topic() {
    const auto topic = any_topic();
    if (!topic) return;
    auto& dice = world_.dice;
    if (dice.one_in(3) && topic->partition_count() < 3) {
        partitions_asked_us_ = world_.loop.monotonic_us();
        return ask(metadata::AddPartitions{.name = topic->name, .total = topic->partition_count() + 1});
    }
    ask(metadata::AlterTopicSettings{
        .name = topic->name,
        .changes = {{.name = "min.insync.replicas", .value = dice.one_in(2) ? "1" : "2"}}});
}

// To some nodes, or back.
void Scenario::reassign() {
    const auto topic = any_topic();
    if (!topic) return;
    // Or an operator may take away the replicas that have what the damaged one lacks.
    const auto is_of_topic = [&](const log::LogKey& key) { return key.topic_id == topic->id; };
    if (damaged_ && std::ranges::any_of(damaged_->logs, is_of_topic) && !is_mended()) return;
    reassign_asked_us_[topic->id] = world_.loop.monotonic_us();
    auto& dice = world_.dice;
    metadata::ReassignPartitions::Item item{
        .partition = {topic->name,
                      PartitionId{static_cast<std::int32_t>(dice.between(0, topic->partition_count() - 1))}}};
    if (!dice.one_in(4)) {
        std::vector<NodeId> ids;
        for (const auto& [id, node] : world_.newest()->nodes()) ids.push_back(id);
        metadata::NodeList target;
        for (auto left = dice.one_in(6) ? dice.between(1, 2) : 3; left > 0; --left) {
            const auto id = dice.pick(ids);
            if (!metadata::contains(target, id)) target.push_back(id);
        }
        item.target = target;
    }
    ask(metadata::ReassignPartitions{.items = {item}});
}

void Scenario::elect() {
    ask(metadata::ElectLeaders{.kind = metadata::ElectLeaders::Kind::preferred});
}

// As before a planned stop, or before a node is removed; and back.
void Scenario::drain() {
    auto& dice = world_.dice;
    const auto id = dice.pick(world_.nodes)->id();
    const auto kind = dice.between(0, 2);
    ask(metadata::DrainNode{.node = id, .drain = static_cast<metadata::Drain>(kind)});
    if (kind != 1) return;
    world_.loop.after(dice.between(50'000, 400'000),
                      [this, id] { ask(metadata::DrainNode{.node = id, .drain = metadata::Drain::none}); });
}

void Scenario::change_group() {
    auto* node = leader();
    if (node == nullptr) return;
    const auto members = node->log().members();
    const auto target = world_.dice.pick(members).node;
    node->call([this, node, target] {
        node->log().transfer(target, [this](const Result<void>& done) { count(done.has_value()); });
    });
}

void Scenario::join() {
    auto* node = leader();
    if (node == nullptr || world_.nodes.size() >= most_nodes) return;
    group_asked_us_ = world_.loop.monotonic_us();
    add_node({}, node->id());
}

// A node is drained, then taken out of the catalogue; it ends when it is out of the metadata's group.
void Scenario::remove() {
    const auto& newest = world_.newest();
    if (!newest) return;
    retire_removed();
    // Who is left might need the vote of one that recovers.
    if (!has_all_metadata()) return;
    group_asked_us_ = world_.loop.monotonic_us();
    for (const auto& [id, node] : newest->nodes()) {
        if (node.drain != metadata::Drain::replicas) continue;
        return ask(metadata::RemoveNode{.node = id});
    }
    if (newest->nodes().size() <= 3) return;
    ask(metadata::DrainNode{.node = world_.dice.pick(world_.nodes)->id()});
}

void Scenario::retire_removed() {
    auto* first = leader();
    if (first == nullptr) return;
    const auto members = first->log().members();
    for (const auto id : first->catalogue()->removed_nodes())
        if (std::ranges::find(members, id, &consensus::Member::node) == members.end())
            world_.node(id)->retire();
}

}  // namespace weir::simulation
