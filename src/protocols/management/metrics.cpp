// Gathers at each scrape: nothing is counted for it meanwhile.
#include "protocols/management/metrics.hpp"

#include <array>

#include "protocols/amqp/gate.hpp"
#include "protocols/management/metric_families.hpp"

#include "protocols/management/process_facts.hpp"
#include "protocols/management/queue_counts.hpp"
#include "protocols/management/topic_metrics.hpp"

namespace weir::management {

namespace {

using Labels = Families::Labels;

void add_node(Families& out, Services& services) {
    auto& broker = services.broker;
    const auto name = amqp::cluster_name(services.queues().catalogue()->topology(), services.cluster_name);
    out.gauge("rabbitmq_build_info", "The version.", 1,
              {{"rabbitmq_version", services.version},
               {"product_name", services.product},
               {"product_version", services.version}});
    out.gauge("rabbitmq_identity_info", "The node.", 1,
              {{"rabbitmq_node", node_name(broker.node())}, {"rabbitmq_cluster", name}});
    const auto facts = process_facts(broker.data_directory());
    const auto low = services.connections.low();
    const auto is_low = [&](const char* what) { return low.find(what) != std::string::npos ? 1.0 : 0.0; };
    out.gauge("rabbitmq_process_resident_memory_bytes", "Memory used.", as_double(facts.resident_bytes));
    out.gauge("rabbitmq_resident_memory_limit_bytes", "Memory there is.", as_double(facts.memory_bytes));
    out.gauge("rabbitmq_process_open_fds", "Open files.", as_double(facts.open_files));
    out.gauge("rabbitmq_process_max_fds", "Open files allowed.", as_double(facts.file_limit));
    out.gauge("rabbitmq_disk_space_available_bytes", "Free disk.", as_double(facts.free_disk_bytes));
    out.gauge("rabbitmq_alarms_memory_used_watermark", "1: memory is low.", is_low("memory"));
    out.gauge("rabbitmq_alarms_free_disk_space_watermark", "1: disk is low.", is_low("disk"));
    out.counter("process_cpu_seconds_total", "Processor time used.", facts.cpu_seconds);
    out.gauge("process_resident_memory_bytes", "Memory used.", as_double(facts.resident_bytes));
    out.gauge("process_threads", "Threads.", as_double(facts.threads));
    out.gauge("weir_uptime_seconds", "Since the process began.",
              as_double(broker.clock().monotonic_ms() - services.started_ms) / 1000);
}

void add_connections(Families& out, Services& services) {
    std::size_t channels = 0, consumers = 0;
    const auto connections = services.connections.list();
    for (const auto& connection : connections) {
        channels += connection.channels.size();
        for (const auto& channel : connection.channels) consumers += channel.consumers.size();
    }
    out.gauge("rabbitmq_connections", "Connections open.", as_double(connections.size()));
    out.gauge("rabbitmq_channels", "Channels open.", as_double(channels));
    out.gauge("rabbitmq_consumers", "Consumers there are.", as_double(consumers));
}

// ---- queues

void add_counts(Families& out, const queue::QueueStatus& status, const Labels& labels = {}) {
    const auto unacked = status.held + status.deferred;
    out.gauge("rabbitmq_queue_messages_ready", "Messages ready to be delivered.", as_double(status.ready),
              labels);
    out.gauge("rabbitmq_queue_messages_unacked", "Messages delivered but not acknowledged.",
              as_double(unacked), labels);
    out.gauge("rabbitmq_queue_messages", "Both.", as_double(status.ready + unacked), labels);
    out.gauge("rabbitmq_queue_messages_ready_bytes", "Bodies of ready messages.",
              as_double(status.ready_bytes), labels);
    out.gauge("rabbitmq_queue_messages_unacked_bytes", "Bodies of messages not acknowledged.",
              as_double(status.held_bytes), labels);
    out.gauge("rabbitmq_queue_messages_bytes", "Both.", as_double(status.ready_bytes + status.held_bytes),
              labels);
    out.gauge("rabbitmq_queue_consumers", "Consumers of queues.", as_double(status.consumers), labels);
}

void add_queue(Families& out, const topology::Queue& queue, const queue::QueueStatus& status) {
    const Labels labels{{"vhost", queue.host}, {"queue", queue.name}};
    add_counts(out, status, labels);
    out.counter("rabbitmq_queue_messages_published_total", "Messages that came into queues.",
                as_double(status.counters.published), labels);
    out.counter("weir_queue_messages_delivered_total", "Messages delivered by queues.",
                as_double(status.counters.delivered), labels);
    out.counter("weir_queue_messages_acknowledged_total", "Messages of queues that were acknowledged.",
                as_double(status.counters.acknowledged), labels);
}

queue::QueueStatus sum(const QueueCounts& counts) {
    queue::QueueStatus all;
    for (const auto& [id, status] : counts) {
        all.ready += status.ready;
        all.ready_bytes += status.ready_bytes;
        all.held += status.held;
        all.held_bytes += status.held_bytes;
        all.deferred += status.deferred;
        all.consumers += status.consumers;
    }
    return all;
}

// Of the logs that this node leads, also of queues that are gone.
void add_totals(Families& out, broker::Queues& queues) {
    const auto counters = count_logs(queues, count_timeout_ms);
    const Labels labels{{"protocol", "amqp091"}};
    out.counter("rabbitmq_global_messages_routed_total",
                "Messages that came into queues, each of them counted.", as_double(counters.published),
                labels);
    out.counter("rabbitmq_global_messages_delivered_total", "Messages delivered.",
                as_double(counters.delivered), labels);
    out.counter("rabbitmq_global_messages_redelivered_total", "Of these, again.",
                as_double(counters.redelivered), labels);
    out.counter("rabbitmq_global_messages_acknowledged_total", "Messages acknowledged.",
                as_double(counters.acknowledged), labels);
}

// Of the queues whose logs this node leads: nodes' numbers add up, and no other node is asked.
void add_queues(Families& out, Services& services, MetricsDetail detail) {
    const auto catalogue = services.queues().catalogue();
    std::vector<QueueId> ids;
    std::vector<topology::QueuePtr> queues;
    catalogue->topology().hosts().for_each([&](const auto& host) {
        host->queues.for_each([&](const topology::QueuePtr& queue) {
            if (!services.queues().shards().find(queue->id)) return;
            ids.push_back(queue->id);
            queues.push_back(queue);
        });
    });
    const auto counts = count_queues(services.queues(), ids, count_timeout_ms);
    out.gauge("rabbitmq_queues", "Queues there are.", as_double(queues.size()));
    add_totals(out, services.queues());
    if (detail == MetricsDetail::totals) return add_counts(out, sum(counts));
    for (const auto& queue : queues) {
        const auto at = counts.find(queue->id);
        if (at != counts.end()) add_queue(out, *queue, at->second);
    }
}

}  // namespace

std::string metrics_text(Services& services, MetricsDetail detail) {
    Families out;
    add_node(out, services);
    add_connections(out, services);
    add_queues(out, services, detail);
    add_cluster_metrics(out, services);
    add_topic_metrics(out, services, detail);
    add_group_metrics(out, services, detail);
    return out.text();
}

}  // namespace weir::management
