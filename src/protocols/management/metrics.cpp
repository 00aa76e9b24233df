// Gathers at each scrape: nothing is counted for it meanwhile.
#include "protocols/management/metrics.hpp"
#include "protocols/amqp/gate.hpp"

#include <prometheus/text_serializer.h>

#include <array>

#include "protocols/management/process_facts.hpp"
#include "protocols/management/queue_counts.hpp"

namespace weir::management {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
  public:
    void gauge(const char* name, const char* help, double value, const Labels& labels = {}) {
        add(name, help, MetricType::Gauge, labels).gauge.value = value;
    }
    void counter(const char* name, const char* help, double value, const Labels& labels = {}) {
        add(name, help, MetricType::Counter, labels).counter.value = value;
    }
    std::string text() const { return prometheus::TextSerializer{}.Serialize(all_); }

  private:
    ClientMetric& add(const char* name, const char* help, MetricType type, const Labels& labels) {
        const auto [at, is_new] = places_.try_emplace(name, all_.size());
        if (is_new) all_.push_back({name, help, type, {}});
        auto& metric = all_[at->second].metric.emplace_back();
        metric.label = labels;
        return metric;
    }

    std::vector<MetricFamily> all_;
    std::map<std::string, std::size_t> places_;
};

template <class T>
double as_double(T value) {
    return static_cast<double>(value);
}

void add_node(Families& out, Services& services) {
    auto& broker = services.broker;
    const auto name = amqp::cluster_name(services.queues().catalogue()->topology(), services.cluster_name);
    out.gauge("rabbitmq_build_info", "The version.", 1,
              {{"product_name", services.product}, {"product_version", services.version}});
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

void add_queues(Families& out, Services& services, MetricsDetail detail) {
    const auto catalogue = services.queues().catalogue();
    std::vector<QueueId> ids;
    std::vector<topology::QueuePtr> queues;
    catalogue->topology().hosts().for_each([&](const auto& host) {
        host->queues.for_each([&](const topology::QueuePtr& queue) {
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

// ---- topics

void add_topics(Families& out, const broker::TopicTable& topics, MetricsDetail detail) {
    const auto all = topics.all();
    std::size_t partitions = 0;
    for (const auto& topic : all) partitions += topic->partitions.size();
    out.gauge("weir_topics", "Topics there are.", as_double(all.size()));
    out.gauge("weir_topic_partitions", "Partitions of topics.", as_double(partitions));
    if (detail == MetricsDetail::totals) return;
    for (const auto& topic : all) {
        for (const auto& partition : topic->partitions) {
            const auto log = partition->log();
            if (!log) continue;
            const Labels labels{{"topic", topic->name()}, {"partition", std::to_string(partition->id.value)}};
            out.gauge("weir_partition_start_offset", "The first offset there is.",
                      as_double(log->log_start().value), labels);
            out.gauge("weir_partition_end_offset", "The next offset to be read.",
                      as_double(log->readable_end().value), labels);
            out.gauge("weir_partition_leader", "1: this node leads the partition.",
                      partition->is_led() ? 1 : 0, labels);
        }
    }
}

}  // namespace

std::string metrics_text(Services& services, MetricsDetail detail) {
    Families out;
    add_node(out, services);
    add_connections(out, services);
    add_queues(out, services, detail);
    add_topics(out, services.broker.topics(), detail);
    return out.text();
}

}  // namespace weir::management
