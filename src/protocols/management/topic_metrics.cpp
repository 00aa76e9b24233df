// Looks at each partition once, and at each group only if single objects are asked for.
#include "protocols/management/topic_metrics.hpp"

namespace weir::management {

namespace {

using MetricLabels = Families::Labels;

struct PartitionSums {
    std::size_t all = 0, here = 0, led = 0, behind = 0, refusing = 0, damaged = 0;
    std::int64_t records = 0;
    std::uint64_t bytes = 0;
};

// Some replica of it is not in sync.
bool is_behind(const broker::Topic& topic, PartitionId id) {
    const auto* known = topic.info->partition(id);
    return known != nullptr && known->in_sync.size() < known->replicas.size();
}

void add_partition(PartitionSums& sums, const broker::Topic& topic, const broker::Partition& partition) {
    ++sums.all;
    if (const auto log = partition.log()) {
        ++sums.here;
        sums.bytes += log->size_bytes();
        sums.damaged += log->is_damaged();
        if (partition.is_led()) sums.records += log->readable_end().value;
    }
    if (!partition.is_led()) return;
    ++sums.led;
    sums.behind += is_behind(topic, partition.id);
    sums.refusing += !partition.state.takes_all;
}

void add_sums(Families& out, const PartitionSums& sums) {
    out.gauge("weir_topic_partitions", "Partitions of topics, of the whole cluster.", as_double(sums.all));
    out.gauge("weir_partition_replicas", "Replicas on this node.", as_double(sums.here));
    out.gauge("weir_partitions_led", "Partitions that this node leads.", as_double(sums.led));
    out.gauge("weir_partitions_under_replicated", "Of these, those with a replica that is not in sync.",
              as_double(sums.behind));
    out.gauge("weir_partitions_under_min_in_sync",
              "Of these, those that refuse acks=all: fewer are in sync than min.insync.replicas.",
              as_double(sums.refusing));
    out.gauge("weir_partitions_damaged", "Replicas on this node that are damaged.", as_double(sums.damaged));
    out.counter("weir_records_written_total", "The ends of the partitions that this node leads, together.",
                as_double(sums.records));
    out.gauge("weir_log_bytes", "Segments of the replicas on this node.", as_double(sums.bytes));
}

void add_each(Families& out, const broker::Topic& topic, const broker::Partition& partition) {
    const auto log = partition.log();
    if (!log) return;
    const MetricLabels labels{{"topic", topic.name()}, {"partition", std::to_string(partition.id.value)}};
    out.gauge("weir_partition_start_offset", "The first offset there is.", as_double(log->log_start().value),
              labels);
    out.gauge("weir_partition_end_offset", "The next offset to be read.",
              as_double(log->readable_end().value), labels);
    out.gauge("weir_partition_bytes", "Segments of this node's replica.", as_double(log->size_bytes()),
              labels);
    out.gauge("weir_partition_leader", "1: this node leads the partition.", partition.is_led() ? 1 : 0,
              labels);
    if (partition.is_led())
        out.gauge("weir_partition_under_replicated", "1: a replica is not in sync.",
                  is_behind(topic, partition.id) ? 1 : 0, labels);
}

// ---- groups

template <class Request>
Result<typename Request::Reply> ask_groups(Services& services, Request request) {
    return await<typename Request::Reply>([&](auto done) {
        services.broker.groups().ask<Request>(
            std::move(request), [done](typename Request::Reply reply) { done(std::move(reply)); });
    });
}

// How much the group has not committed of a partition; nothing where no replica is here that tells the end.
std::optional<std::int64_t> lag_of(const broker::TopicTable& topics, const stream::FetchedOffset& at) {
    const auto topic = topics.find(at.where.topic);
    const auto partition = topic ? topic->partition(at.where.partition) : nullptr;
    const auto log = partition ? partition->log() : nullptr;
    if (!log) return std::nullopt;
    return std::max<std::int64_t>(log->readable_end().value - at.offset.value, 0);
}

void add_offsets(Families& out, Services& services, const std::string& group) {
    const auto reply = ask_groups(services, stream::FetchOffsetsRequest{.group = group, .partitions = {}});
    if (!reply) return;
    for (const auto& at : reply->offsets) {
        const MetricLabels labels{{"group", group},
                                  {"topic", at.where.topic},
                                  {"partition", std::to_string(at.where.partition.value)}};
        out.gauge("weir_group_committed_offset", "What the group will read next.", as_double(at.offset.value),
                  labels);
        if (const auto lag = lag_of(services.broker.topics(), at))
            out.gauge("weir_group_lag", "Records behind what the group has committed.", as_double(*lag),
                      labels);
    }
}

}  // namespace

void add_cluster_metrics(Families& out, Services& services) {
    const auto catalogue = services.broker.controller().catalogue();
    const auto here = services.broker.node();
    std::size_t fenced = 0, without_leader = 0;
    for (const auto& [id, node] : catalogue->nodes()) fenced += node.is_fenced;
    catalogue->for_each_topic([&](const metadata::TopicPtr& topic) {
        for (const auto& partition : *topic->partitions)
            without_leader += partition.leader == metadata::no_node;
    });
    out.gauge("weir_nodes", "Nodes of the cluster.", as_double(catalogue->nodes().size()));
    out.gauge("weir_nodes_down", "Of these, those that the cluster does not hear from.", as_double(fenced));
    out.gauge("weir_metadata_leader", "1: this node leads the cluster's metadata.",
              services.broker.controller().leader() == here ? 1 : 0);
    out.gauge("weir_partitions_without_leader", "Partitions that nobody leads, of the whole cluster.",
              as_double(without_leader));
    out.counter("weir_unclean_elections_total", "Leaders that may have lacked committed records.",
                as_double(catalogue->unclean_elections()));
    out.counter("weir_group_commits_total", "Syncs of the journal, each for all that was appended meanwhile.",
                as_double(services.broker.commits().count()));
}

void add_topic_metrics(Families& out, Services& services, MetricsDetail detail) {
    const auto all = services.broker.topics().all();
    PartitionSums sums;
    for (const auto& topic : all) {
        for (const auto& partition : topic->partitions) {
            add_partition(sums, *topic, *partition);
            if (detail == MetricsDetail::per_object) add_each(out, *topic, *partition);
        }
    }
    out.gauge("weir_topics", "Topics there are.", as_double(all.size()));
    add_sums(out, sums);
}

void add_group_metrics(Families& out, Services& services, MetricsDetail detail) {
    const auto listed = ask_groups(services, stream::ListRequest{});
    if (!listed) return;
    out.gauge("weir_groups", "Consumer groups that this node looks after.", as_double(listed->groups.size()));
    if (detail == MetricsDetail::totals) return;
    for (const auto& group : listed->groups) add_offsets(out, services, group.group);
}

}  // namespace weir::management
