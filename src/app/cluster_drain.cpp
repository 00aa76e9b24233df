// `weir cluster drain`, `undrain`, `remove` and `add`: nodes that go and come.
#include <thread>

#include "app/cluster_command.hpp"
#include "app/cluster_connection.hpp"
#include "app/cluster_view.hpp"
#include "app/progress.hpp"
#include "base/time.hpp"
#include "cluster/links.hpp"

namespace weir::app {

namespace {

constexpr std::chrono::milliseconds look_again{500};

struct DrainOptions : ClusterOptions {
    std::int32_t node = -1;
    bool leaders_only = false;
    bool no_wait = false;
};

Result<cluster::NodeStatus> find_node(ClusterConnection& connection, NodeId node) {
    const auto status = connection.status();
    if (!status) return status.error();
    for (const auto& each : status->nodes) {
        if (each.node.id == node) return each;
    }
    return Error{Errc::not_found, fmt::format("there is no node {}", node.value)};
}

std::string progress_text(const cluster::NodeStatus& node, std::optional<double> seconds) {
    return fmt::format("node {}: {} leaders and {} replicas left{}", node.node.id.value, node.leading,
                       node.replicas, seconds ? fmt::format(", about {}", duration_text(*seconds)) : "");
}

// Until nothing is left, or somebody takes the node back.
Result<cluster::NodeStatus> wait_until_drained(ClusterConnection& connection, const DrainOptions& options) {
    ProgressLine line;
    Remaining remaining;
    for (;; std::this_thread::sleep_for(look_again)) {
        auto node = find_node(connection, NodeId{options.node});
        if (!node) return node.error();
        if (node->replicas == 0) return node;
        if (node->node.drain == metadata::Drain::none)
            return Error{Errc::invalid_argument,
                         fmt::format("node {} was taken back meanwhile", options.node)};
        line.show(progress_text(*node, remaining.note(node->replicas, system_clock().monotonic_ms())));
    }
}

Result<int> run_drain(const DrainOptions& options) {
    const auto connection = ClusterConnection::open(options);
    if (!connection) return connection.error();
    const auto drain = options.leaders_only ? metadata::Drain::leaders : metadata::Drain::replicas;
    const auto begun =
        (*connection)->change(metadata::DrainNode{.node = NodeId{options.node}, .drain = drain});
    if (!begun) return begun.error();
    const bool waits = !options.no_wait && !options.leaders_only;  // leaders have gone where they can by now
    auto node =
        waits ? wait_until_drained(**connection, options) : find_node(**connection, NodeId{options.node});
    if (!node) return node.error();
    if (options.json) {
        fmt::print("{}\n", as_json(*node).dump(2));
    } else if (options.leaders_only) {
        fmt::print("node {} gets no leaders until it starts again, and still leads {} partitions{}\n",
                   options.node, node->leading,
                   node->leading > 0 ? ": no other replica of these is in sync" : "");
    } else if (options.no_wait) {
        fmt::print("node {} is being drained: {} leaders and {} replicas are left\n", options.node,
                   node->leading, node->replicas);
    } else {
        fmt::print("node {} is drained: `weir cluster remove {}` takes it out of the cluster\n", options.node,
                   options.node);
    }
    return exit_success;
}

Result<int> run_undrain(const DrainOptions& options) {
    const auto connection = ClusterConnection::open(options);
    if (!connection) return connection.error();
    const auto taken_back =
        (*connection)
            ->change(metadata::DrainNode{.node = NodeId{options.node}, .drain = metadata::Drain::none});
    if (!taken_back) return taken_back.error();
    fmt::print("node {} takes leaders and replicas again\n", options.node);
    return exit_success;
}

Result<int> run_remove(const DrainOptions& options) {
    const auto connection = ClusterConnection::open(options);
    if (!connection) return connection.error();
    const auto removed = (*connection)->change(metadata::RemoveNode{NodeId{options.node}});
    if (!removed) return removed.error();
    fmt::print(
        "node {} is out of the cluster, and its number is not given again; if it still runs, it stops "
        "by itself\n",
        options.node);
    return exit_success;
}

// A node is let in by its certificate, so that nothing has to be said to the cluster first.
Result<int> run_add(const ClusterOptions& options) {
    const auto connection = ClusterConnection::open(options);
    if (!connection) return connection.error();
    const auto status = (*connection)->status();
    if (!status) return status.error();
    const auto node = status->free_number;
    const auto join = (*connection)->endpoint().text();
    if (options.json) {
        fmt::print("{}\n", nlohmann::json{{"node", node}, {"join", join}}.dump(2));
        return exit_success;
    }
    fmt::print("a new node joins by itself when it is started on an empty data directory:\n\n");
    fmt::print(
        "  weir cluster certificate node pki --node {}   # where ca.key is, if there are certificates\n",
        node);
    fmt::print("  weir serve --data DIR --node {} --cluster-listen HOST:PORT --join {}\n\n", node, join);
    fmt::print("it gets replicas of new topics; `weir topic reassign` moves old ones to it\n");
    return exit_success;
}

CLI::App* add_node_command(CLI::App& family, const std::string& name, const std::string& about,
                           const std::shared_ptr<DrainOptions>& options, bool with_json) {
    auto* command = family.add_subcommand(name, about);
    command->add_option("number", options->node, "The node's number.")
        ->required()
        ->type_name("N")
        ->check(CLI::Range(0, INT32_MAX));
    add_cluster_options(*command, options, with_json);
    return command;
}

}  // namespace

void add_cluster_drain(CLI::App& family, Action& action) {
    auto options = std::make_shared<DrainOptions>();
    auto* command = add_node_command(family, "drain", "Move a node's leaders, then its replicas, to others.",
                                     options, true);
    command->add_flag("--leaders", options->leaders_only,
                      "Only the leaders, before a planned stop; ends with the node's next start.");
    command->add_flag("--no-wait", options->no_wait, "Begin it and don't wait for its end.");
    add_examples(*command,
                 "  weir cluster drain 3                 # then: weir cluster remove 3\n"
                 "  weir cluster drain 3 --leaders       # before node 3 is restarted\n"
                 "\nThe node takes nothing new from now on, whether the command waits or not. `weir cluster\n"
                 "undrain` takes it back.");
    run_when_chosen(*command, action, std::move(options), run_drain);
}

void add_cluster_undrain(CLI::App& family, Action& action) {
    auto options = std::make_shared<DrainOptions>();
    auto* command = add_node_command(family, "undrain", "Let a drained node lead and hold replicas again.",
                                     options, false);
    add_examples(*command, "  weir cluster undrain 3");
    run_when_chosen(*command, action, std::move(options), run_undrain);
}

void add_cluster_remove(CLI::App& family, Action& action) {
    auto options = std::make_shared<DrainOptions>();
    auto* command = add_node_command(family, "remove", "Take a drained node out of the cluster for good.",
                                     options, false);
    add_examples(
        *command,
        "  weir cluster drain 3 && weir cluster remove 3\n"
        "\nIt is refused while the node has replicas. A node that is dead for good is removed in the\n"
        "same way: drain it (its replicas are made anew from the others), then remove it.");
    run_when_chosen(*command, action, std::move(options), run_remove);
}

void add_cluster_add(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("add", "Say how to start one more node.");
    auto options = std::make_shared<ClusterOptions>();
    add_cluster_options(*command, options, true);
    add_examples(*command, "  weir cluster add --at 127.0.0.1:9093");
    run_when_chosen(*command, action, std::move(options), run_add);
}

}  // namespace weir::app
