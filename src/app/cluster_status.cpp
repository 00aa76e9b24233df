// `weir cluster status` and `weir cluster nodes`.
#include "app/cluster_command.hpp"
#include "app/cluster_connection.hpp"
#include "app/cluster_view.hpp"
#include "app/terminal.hpp"
#include "cluster/links.hpp"

namespace weir::app {

namespace {

constexpr std::size_t most_listed = 20;  // partitions with something to tell of; --json has all

struct Asked {
    cluster::ClusterStatus status;
    Damages damages;
};

Result<cluster::ClusterStatus> ask(const ClusterOptions& options) {
    auto connection = ClusterConnection::open(options);
    if (!connection) return connection.error();
    return (*connection)->status();
}

// Each node knows its own damage: one that has just died tells nothing.
Result<Asked> ask_all(const ClusterOptions& options) {
    auto connection = ClusterConnection::open(options);
    if (!connection) return connection.error();
    auto status = (*connection)->status();
    if (!status) return status.error();
    Asked asked{std::move(*status), {}};
    for (const auto& node : asked.status.nodes) {
        if (!is_up(node)) continue;
        if (auto damage = (*connection)->damage(node.node)) asked.damages[node.node.id] = std::move(*damage);
    }
    return asked;
}

void print_nodes(const cluster::ClusterStatus& status) {
    Table table{
        {"NODE", "STATE", "RACK", "BETWEEN NODES", "KAFKA", "METADATA", "BEHIND", "LEADS", "REPLICAS"}};
    for (const auto& node : status.nodes) {
        const auto part = node.node.id == status.controller ? "controller"
                          : node.is_voter                   ? "voter"
                          : node.is_member                  ? "learner"
                                                            : "-";
        table.add({std::to_string(node.node.id.value), state_of(node), node.node.rack,
                   address_of(node.node, cluster::cluster_listener), address_of(node.node, "kafka"), part,
                   std::to_string(node.entries_behind), std::to_string(node.leading),
                   std::to_string(node.replicas)});
    }
    table.print();
}

std::string remark_on(const metadata::Partition& partition) {
    if (partition.leader == metadata::no_node) return "no leader";
    return partition.is_reassigning() ? fmt::format("moves to {}", node_text(partition.target))
                                      : "not all in sync";
}

void print_partitions(const cluster::ClusterStatus& status) {
    if (status.listed.empty()) return;
    Table table{{"PARTITION", "LEADER", "REPLICAS", "IN SYNC", ""}};
    for (const auto& partition : status.listed) {
        const auto& state = partition.state;
        if (&partition - status.listed.data() >= static_cast<std::ptrdiff_t>(most_listed)) break;
        table.add({fmt::format("{}:{}", partition.at.topic, partition.at.partition.value),
                   std::to_string(state.leader.value), node_text(state.replicas), node_text(state.in_sync),
                   remark_on(state)});
    }
    fmt::print("\n");
    table.print();
    if (status.listed.size() > most_listed)
        fmt::print("and {} more: --json lists them\n", status.listed.size() - most_listed);
}

std::string extent_of(const cluster::DamagedReplica& replica) {
    if (replica.until == Offset{INT64_MAX}) return fmt::format("from {} on", replica.first.value);
    return fmt::format("{} to {}", replica.first.value, replica.until.value - 1);
}

void print_damage(const Damages& damages) {
    Table table{{"NODE", "DAMAGED REPLICA", "OFFSETS"}};
    std::size_t listed = 0, all = 0;
    for (const auto& [node, damage] : damages) {
        all += damage.count;
        for (const auto& replica : damage.replicas) {
            if (listed++ >= most_listed) break;
            table.add({std::to_string(node.value),
                       fmt::format("{}:{}", replica.at.topic, replica.at.partition.value),
                       extent_of(replica)});
        }
    }
    if (all == 0) return;
    fmt::print("\n");
    table.print();
    if (all > most_listed) fmt::print("{} in all: --json lists them\n", all);
}

// Null of a node that does not tell.
void add_damage(nlohmann::json& node, const Damages& damages, NodeId id) {
    const auto at = damages.find(id);
    node["set_aside"] = node["damaged"] = nullptr;
    if (at == damages.end()) return;
    node["set_aside"] = at->second.is_set_aside;
    auto& replicas = node["damaged"] = nlohmann::json::array();
    for (const auto& replica : at->second.replicas) replicas.push_back(as_json(replica));
}

nlohmann::json status_json(const Asked& asked, const Health& health) {
    const auto& status = asked.status;
    auto nodes = nlohmann::json::array(), partitions = nlohmann::json::array();
    for (const auto& node : status.nodes)
        add_damage(nodes.emplace_back(as_json(node)), asked.damages, node.node.id);
    for (const auto& partition : status.listed) partitions.push_back(as_json(partition));
    const auto& counts = status.partitions;
    return {{"cluster", status.cluster_id.text()},
            {"health", name(health.grade)},
            {"reasons", health.reasons},
            {"controller", status.controller.value},
            {"term", status.term},
            {"entries", status.applied},
            {"topics", status.topics},
            {"unclean_elections", status.unclean_elections},
            {"partitions",
             {{"all", counts.all},
              {"leaderless", counts.leaderless},
              {"under_min_in_sync", counts.under_min_in_sync},
              {"under_replicated", counts.under_replicated},
              {"reassigning", counts.reassigning}}},
            {"nodes", std::move(nodes)},
            {"listed", std::move(partitions)}};
}

Result<int> run_status(const ClusterOptions& options) {
    const auto asked = ask_all(options);
    if (!asked) return asked.error();
    const auto* status = &asked->status;
    const auto health = health_of(*status, asked->damages);
    if (options.json) {
        fmt::print("{}\n", status_json(*asked, health).dump(2));
        return exit_success;
    }
    fmt::print("cluster {} is {}\n", status->cluster_id.text(), bold(name(health.grade)));
    for (const auto& reason : health.reasons) fmt::print("  {}\n", reason);
    const auto& counts = status->partitions;
    const auto voters = std::ranges::count_if(status->nodes, &cluster::NodeStatus::is_voter);
    fmt::print("metadata: node {} leads in term {}, {} voters\n", status->controller.value, status->term,
               voters);
    fmt::print(
        "{} topics, {} partitions: {} without a leader, {} under min.insync.replicas, {} not fully in "
        "sync, {} being reassigned; {} unclean elections so far\n\n",
        status->topics, counts.all, counts.leaderless, counts.under_min_in_sync, counts.under_replicated,
        counts.reassigning, status->unclean_elections);
    print_nodes(*status);
    print_partitions(*status);
    print_damage(asked->damages);
    return exit_success;
}

Result<int> run_nodes(const ClusterOptions& options) {
    const auto status = ask(options);
    if (!status) return status.error();
    if (!options.json) {
        print_nodes(*status);
        return exit_success;
    }
    auto nodes = nlohmann::json::array();
    for (const auto& node : status->nodes) nodes.push_back(as_json(node));
    fmt::print("{}\n", nodes.dump(2));
    return exit_success;
}

}  // namespace

void add_cluster_status(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("status", "Show how the cluster is.");
    auto options = std::make_shared<ClusterOptions>();
    add_cluster_options(*command, options, true);
    add_examples(*command,
                 "  weir cluster status                          where a node is configured\n"
                 "  weir cluster status --at 127.0.0.1:9093\n"
                 "  weir cluster status --json | jq -r .health");
    run_when_chosen(*command, action, std::move(options), run_status);
}

void add_cluster_nodes(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("nodes", "List the nodes.");
    auto options = std::make_shared<ClusterOptions>();
    add_cluster_options(*command, options, true);
    add_examples(*command, "  weir cluster nodes --at 127.0.0.1:9093");
    run_when_chosen(*command, action, std::move(options), run_nodes);
}

}  // namespace weir::app
