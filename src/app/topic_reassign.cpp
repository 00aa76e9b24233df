// `weir topic reassign`: other replicas for a topic's partitions, in the background, with progress.
#include <thread>

#include "app/cluster_connection.hpp"
#include "app/cluster_view.hpp"
#include "app/interrupt.hpp"
#include "app/progress.hpp"
#include "app/reassign_plan.hpp"
#include "app/reassign_throttle.hpp"
#include "app/terminal.hpp"
#include "app/topic_command.hpp"
#include "base/time.hpp"

namespace weir::app {

namespace {

constexpr std::chrono::milliseconds look_again{500};

struct ReassignOptions : ClusterOptions {
    std::string topic;
    std::optional<std::size_t> replicas;
    std::vector<std::int32_t> to;
    std::optional<std::int32_t> partition;
    std::optional<std::int64_t> throttle;  // bytes a second
    bool cancel = false;
    bool status = false;
    bool no_wait = false;
};

using Partitions = std::vector<cluster::PartitionStatus>;

// What is under way, and how much of it is still to be copied.
struct Progress {
    std::size_t partitions = 0;
    std::uint64_t bytes_left = 0;
    bool knows_bytes = true;
};

class Sizes {
  public:
    Sizes(ClusterConnection& connection, const std::vector<cluster::NodeStatus>& nodes)
        : connection_(connection), nodes_(nodes) {}

    // Bytes of the replicas on that node, in the order of `partitions`; nothing if it does not answer.
    std::optional<cluster::ReplicaSizes> of(NodeId node, const Partitions& partitions) const {
        std::vector<cluster::PartitionKey> keys;
        for (const auto& each : partitions) keys.push_back({each.topic_id, each.at.partition});
        for (const auto& each : nodes_) {
            if (each.node.id != node || !is_up(each)) continue;
            auto sizes = connection_.sizes(each.node, keys);
            if (sizes && sizes->size() == keys.size()) return std::move(*sizes);
        }
        return std::nullopt;
    }

  private:
    ClusterConnection& connection_;
    const std::vector<cluster::NodeStatus>& nodes_;
};

bool is_wanted(const cluster::PartitionStatus& partition, const ReassignOptions& options) {
    return !options.partition || partition.at.partition == PartitionId{*options.partition};
}

Progress progress_of(ClusterConnection& connection, const std::vector<cluster::NodeStatus>& nodes,
                     const Partitions& moving) {
    Progress progress{.partitions = moving.size()};
    const Sizes sizes{connection, nodes};
    std::map<NodeId, std::optional<cluster::ReplicaSizes>> known;
    const auto size_on = [&](NodeId node, std::size_t at) -> std::optional<std::uint64_t> {
        if (!known.contains(node)) known[node] = sizes.of(node, moving);
        const auto& of_node = known[node];
        return of_node ? std::optional{(*of_node)[at].value_or(0)} : std::nullopt;
    };
    for (std::size_t i = 0; i < moving.size(); ++i) {
        const auto& state = moving[i].state;
        for (const auto node : state.adding) {
            if (metadata::contains(state.in_sync, node)) continue;
            const auto all = size_on(state.leader, i), there = size_on(node, i);
            progress.knows_bytes &= all && there;
            if (all && there) progress.bytes_left += *all - std::min(*all, *there);
        }
    }
    return progress;
}

Result<Partitions> moving_partitions(ClusterConnection& connection, const ReassignOptions& options) {
    auto partitions = connection.partitions(options.topic);
    if (!partitions) return partitions.error();
    std::erase_if(*partitions, [&](const auto& each) {
        return !each.state.is_reassigning() || !is_wanted(each, options);
    });
    return partitions;
}

std::string text_of(const Progress& progress, std::optional<double> seconds) {
    return fmt::format(
        "{} partitions left{}{}", progress.partitions,
        progress.knows_bytes ? fmt::format(", {} to copy", size_text(progress.bytes_left)) : "",
        seconds ? fmt::format(", about {}", duration_text(*seconds)) : "");
}

Result<int> wait_until_done(ClusterConnection& connection, const ReassignOptions& options) {
    ProgressLine line;
    Remaining bytes, partitions;
    for (;; std::this_thread::sleep_for(look_again)) {
        const auto moving = moving_partitions(connection, options);
        if (!moving) return moving.error();
        if (moving->empty()) return exit_success;
        if (interrupted()) return Error{Errc::shutting_down, "the moves go on, without a throttle"};
        const auto status = connection.status();
        if (!status) return status.error();
        const auto progress = progress_of(connection, status->nodes, *moving);
        const auto now_ms = system_clock().monotonic_ms();
        const auto by_bytes = bytes.note(progress.bytes_left, now_ms);
        const auto by_partitions = partitions.note(progress.partitions, now_ms);
        line.show(text_of(progress, progress.bytes_left > 0 ? by_bytes : by_partitions));
    }
}

// The first refusal, with the partition that it is about.
Result<void> check_outcomes(const cluster::WireReply& reply,
                            const std::vector<metadata::ReassignPartitions::Item>& items) {
    const auto* outcomes = std::get_if<metadata::ReassignPartitions::Reply>(&reply);
    if (outcomes == nullptr || outcomes->outcomes.size() != items.size())
        return Error{Errc::corrupt, "the cluster's answer is that of another request"};
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& outcome = outcomes->outcomes[i];
        if (outcome) continue;
        return Error{outcome.error().code,
                     fmt::format("partition {} of {}: {}", items[i].partition.partition.value,
                                 items[i].partition.topic, outcome.error().message)};
    }
    return {};
}

Result<void> ask_for(ClusterConnection& connection,
                     const std::vector<metadata::ReassignPartitions::Item>& items) {
    if (items.empty()) return {};
    const auto reply = connection.change(metadata::ReassignPartitions{.items = items});
    if (!reply) return reply.error();
    return check_outcomes(*reply, items);
}

Result<int> show(ClusterConnection& connection, const ReassignOptions& options) {
    const auto partitions = connection.partitions(options.topic);
    if (!partitions) return partitions.error();
    auto json = nlohmann::json::array();
    Table table{{"PARTITION", "LEADER", "REPLICAS", "IN SYNC", "ADDING", "REMOVING"}};
    for (const auto& each : *partitions) {
        if (!is_wanted(each, options)) continue;
        const auto& state = each.state;
        json.push_back(as_json(each));
        table.add({std::to_string(each.at.partition.value), std::to_string(state.leader.value),
                   node_text(state.replicas), node_text(state.in_sync), node_text(state.adding),
                   node_text(state.removing())});
    }
    options.json ? fmt::print("{}\n", json.dump(2)) : table.print();
    return exit_success;
}

Result<int> cancel(ClusterConnection& connection, const ReassignOptions& options) {
    const auto moving = moving_partitions(connection, options);
    if (!moving) return moving.error();
    std::vector<metadata::ReassignPartitions::Item> items;
    for (const auto& each : *moving) items.push_back({each.at, std::nullopt});
    if (auto asked = ask_for(connection, items); !asked) return asked.error();
    fmt::print("cancelled the moves of {} partitions of {}\n", items.size(), options.topic);
    return exit_success;
}

Result<int> tell_done(ClusterConnection& connection, const ReassignOptions& options, std::size_t moved) {
    if (options.json) return show(connection, options);
    fmt::print("{} partitions of {} were moved\n", moved, options.topic);
    return exit_success;
}

// The throttle is there before anything is copied, and goes whatever comes of it, Ctrl-C included.
Result<int> reassign_throttled(ClusterConnection& connection, const ReassignOptions& options,
                               const Partitions& partitions,
                               const std::vector<metadata::ReassignPartitions::Item>& items) {
    const auto plan = plan_throttle(partitions, items);
    catch_interrupts();
    if (!items.empty()) {
        if (auto set = set_throttle(connection, options.topic, plan, *options.throttle); !set)
            return set.error();
    }
    const auto asked = ask_for(connection, items);
    const auto done = asked ? wait_until_done(connection, options) : Result<int>{asked.error()};
    if (!items.empty()) {
        if (auto gone = take_back_throttle(connection, options.topic, plan); !gone) return gone.error();
    }
    if (!done) return done.error();
    return tell_done(connection, options, items.size());
}

Result<int> reassign(ClusterConnection& connection, const ReassignOptions& options) {
    const auto status = connection.status();
    if (!status) return status.error();
    const auto partitions = connection.partitions(options.topic);
    if (!partitions) return partitions.error();
    ReassignWish wish{.replicas = options.replicas, .to = {}, .partition = {}};
    for (const auto node : options.to) wish.to.push_back(NodeId{node});
    if (options.partition) wish.partition = PartitionId{*options.partition};
    const auto items = plan_reassignment(status->nodes, *partitions, wish);
    if (!items) return items.error();
    if (options.throttle) return reassign_throttled(connection, options, *partitions, *items);
    if (auto asked = ask_for(connection, *items); !asked) return asked.error();
    if (options.no_wait) {
        fmt::print("{} partitions of {} are on their way: --status shows them\n", items->size(),
                   options.topic);
        return exit_success;
    }
    if (auto done = wait_until_done(connection, options); !done) return done.error();
    return tell_done(connection, options, items->size());
}

Result<int> run_reassign(const ReassignOptions& options) {
    const int wishes = (options.replicas || !options.to.empty()) + options.cancel + options.status;
    if (wishes != 1) {
        return Error{Errc::invalid_argument,
                     "say what to do: --replicas N, --to 1,2,3 or both; or --cancel; or --status"};
    }
    if (options.throttle && options.no_wait)
        return Error{Errc::invalid_argument, "--throttle lasts as long as the command: leave out --no-wait"};
    const auto connection = ClusterConnection::open(options);
    if (!connection) return connection.error();
    if (options.status) return show(**connection, options);
    return options.cancel ? cancel(**connection, options) : reassign(**connection, options);
}

}  // namespace

void add_topic_reassign(CLI::App& family, Action& action) {
    auto* command = family.add_subcommand("reassign", "Move a topic's partitions to other nodes.");
    auto options = std::make_shared<ReassignOptions>();
    command->add_option("topic", options->topic, "The topic.")->required()->type_name("TOPIC");
    command->add_option("--replicas,-r", options->replicas, "How many replicas each partition shall have.")
        ->type_name("N")
        ->check(CLI::Range(1, static_cast<int>(metadata::max_replicas)));
    command->add_option("--to", options->to, "The nodes to hold them, in turn; default: weir chooses.")
        ->delimiter(',')
        ->type_name("N,N,...")
        ->check(CLI::Range(0, INT32_MAX))
        ->allow_extra_args(false);
    command->add_option("--partition,-p", options->partition, "Only this partition.")
        ->type_name("P")
        ->check(CLI::Range(0, INT32_MAX));
    command
        ->add_option("--throttle", options->throttle,
                     "Copy no faster than this on each node; taken away when all is done.")
        ->type_name("BYTES_PER_S")
        ->check(CLI::Range(std::int64_t{1}, INT64_MAX));
    command->add_flag("--cancel", options->cancel, "Give up what is under way: as it was before.");
    command->add_flag("--status", options->status, "Only show where the partitions lie, and what moves.");
    command->add_flag("--no-wait", options->no_wait, "Begin it and don't wait for its end.");
    add_cluster_options(*command, options, true);
    add_examples(
        *command,
        "  weir topic reassign orders --replicas 3\n"
        "  weir topic reassign orders --to 4,5,6\n"
        "  weir topic reassign orders --partition 2 --to 1,4\n"
        "  weir topic reassign orders --to 4,5,6 --throttle 20000000\n"
        "  weir topic reassign orders --cancel\n"
        "\nUnlike the other commands about topics this one goes to the port between nodes (--at, or\n"
        "where a node is configured). New replicas are made first; the old ones go when these are in\n"
        "sync.");
    run_when_chosen(*command, action, std::move(options), run_reassign);
}

}  // namespace weir::app
