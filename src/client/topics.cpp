// Topics through librdkafka's metadata and admin calls.
#include "client/topics.hpp"

#include "client/admin_call.hpp"
#include "client/kafka_error.hpp"

namespace weir::client {

namespace {

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroyer<rd_kafka_metadata_destroy>>;
using NewTopicHandle = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using DeleteTopicHandle = std::unique_ptr<rd_kafka_DeleteTopic_t, Destroyer<rd_kafka_DeleteTopic_destroy>>;
using NewPartitionsHandle =
    std::unique_ptr<rd_kafka_NewPartitions_t, Destroyer<rd_kafka_NewPartitions_destroy>>;
using ConfigResource = std::unique_ptr<rd_kafka_ConfigResource_t, Destroyer<rd_kafka_ConfigResource_destroy>>;

TopicInfo topic_info(const rd_kafka_metadata_topic_t& from) {
    TopicInfo topic{from.topic, {}};
    for (int i = 0; i < from.partition_cnt; ++i) {
        const auto& partition = from.partitions[i];
        topic.partitions.push_back({partition.id,
                                    partition.leader,
                                    {partition.replicas, partition.replicas + partition.replica_cnt},
                                    {partition.isrs, partition.isrs + partition.isr_cnt}});
    }
    std::sort(topic.partitions.begin(), topic.partitions.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    return topic;
}

Result<void> first_error(const rd_kafka_topic_result_t** results, std::size_t count,
                         const std::string& what) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(results[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return kafka_error(code, what, rd_kafka_topic_result_error_string(results[i]));
        }
    }
    return {};
}

Result<void> first_error(const rd_kafka_ConfigResource_t** results, std::size_t count,
                         const std::string& what) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_ConfigResource_error(results[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return kafka_error(code, what, rd_kafka_ConfigResource_error_string(results[i]));
        }
    }
    return {};
}

}  // namespace

Result<ClusterInfo> describe_cluster(const Connection& connection) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(connection.get(), 1, nullptr, &raw, connection.timeout_ms());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(code, "can't list the topics");
    const Metadata metadata{raw};
    ClusterInfo cluster;
    for (int i = 0; i < metadata->broker_cnt; ++i) {
        const auto& broker = metadata->brokers[i];
        cluster.brokers.push_back({broker.id, broker.host, broker.port});
    }
    for (int i = 0; i < metadata->topic_cnt; ++i) cluster.topics.push_back(topic_info(metadata->topics[i]));
    std::sort(cluster.brokers.begin(), cluster.brokers.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    std::sort(cluster.topics.begin(), cluster.topics.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return cluster;
}

// Asks for all topics: asking for one by its name may create it.
Result<TopicInfo> describe_topic(const Connection& connection, const std::string& name) {
    auto cluster = describe_cluster(connection);
    if (!cluster) return cluster.error();
    for (auto& topic : cluster->topics) {
        if (topic.name == name && !topic.partitions.empty()) return std::move(topic);
    }
    return Error{Errc::not_found, fmt::format("there is no topic {}", name)};
}

Result<std::vector<TopicPartition>> partitions_of(const Connection& connection, const std::string& name) {
    const auto topic = describe_topic(connection, name);
    if (!topic) return topic.error();
    std::vector<TopicPartition> partitions;
    for (const auto& partition : topic->partitions) partitions.push_back({name, partition.id});
    return partitions;
}

Result<void> create_topic(const Connection& connection, const NewTopic& topic) {
    const auto what = fmt::format("can't create topic {}", topic.name);
    char reason[256];
    const NewTopicHandle made{
        rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replicas, reason, sizeof reason)};
    if (!made) return Error{Errc::invalid_argument, what + ": " + reason};
    for (const auto& [key, value] : topic.config) {
        rd_kafka_NewTopic_set_config(made.get(), key.c_str(), value.c_str());
    }
    auto* raw = made.get();
    const auto event =
        admin_call(connection, RD_KAFKA_ADMIN_OP_CREATETOPICS, what, [&](auto* options, auto* queue) {
            rd_kafka_CreateTopics(connection.get(), &raw, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_CreateTopics_result(event->get());
    return first_error(rd_kafka_CreateTopics_result_topics(result, &count), count, what);
}

Result<void> delete_topic(const Connection& connection, const std::string& name) {
    const auto what = fmt::format("can't delete topic {}", name);
    const DeleteTopicHandle topic{rd_kafka_DeleteTopic_new(name.c_str())};
    auto* raw = topic.get();
    const auto event =
        admin_call(connection, RD_KAFKA_ADMIN_OP_DELETETOPICS, what, [&](auto* options, auto* queue) {
            rd_kafka_DeleteTopics(connection.get(), &raw, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_DeleteTopics_result(event->get());
    return first_error(rd_kafka_DeleteTopics_result_topics(result, &count), count, what);
}

Result<void> grow_topic(const Connection& connection, const std::string& name, int total) {
    const auto what = fmt::format("can't give topic {} {} partitions", name, total);
    char reason[256];
    const NewPartitionsHandle grown{
        rd_kafka_NewPartitions_new(name.c_str(), static_cast<std::size_t>(total), reason, sizeof reason)};
    if (!grown) return Error{Errc::invalid_argument, what + ": " + reason};
    auto* raw = grown.get();
    const auto event =
        admin_call(connection, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, what, [&](auto* options, auto* queue) {
            rd_kafka_CreatePartitions(connection.get(), &raw, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_CreatePartitions_result(event->get());
    return first_error(rd_kafka_CreatePartitions_result_topics(result, &count), count, what);
}

Result<std::vector<ConfigEntry>> topic_config(const Connection& connection, const std::string& name) {
    const auto what = fmt::format("can't read the settings of topic {}", name);
    const ConfigResource resource{rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str())};
    auto* raw = resource.get();
    const auto event =
        admin_call(connection, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, what, [&](auto* options, auto* queue) {
            rd_kafka_DescribeConfigs(connection.get(), &raw, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_DescribeConfigs_result(event->get());
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    if (auto done = first_error(resources, count, what); !done) return done.error();
    std::vector<ConfigEntry> entries;
    std::size_t entry_count = 0;
    const auto** raw_entries =
        count > 0 ? rd_kafka_ConfigResource_configs(resources[0], &entry_count) : nullptr;
    for (std::size_t i = 0; i < entry_count; ++i) {
        const auto* entry = raw_entries[i];
        const auto* value = rd_kafka_ConfigEntry_value(entry);
        entries.push_back(
            {rd_kafka_ConfigEntry_name(entry), value ? value : "",
             rd_kafka_ConfigEntry_is_default(entry) == 1, rd_kafka_ConfigEntry_is_sensitive(entry) == 1,
             rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG});
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
}

Result<void> change_topic_config(const Connection& connection, const std::string& name,
                                 const ConfigChanges& changes) {
    const auto what = fmt::format("can't change the settings of topic {}", name);
    const auto present = topic_config(connection, name);
    if (!present) return present.error();
    std::map<std::string, std::string> wanted;
    for (const auto& entry : *present) {
        if (entry.is_set_on_topic) wanted[entry.name] = entry.value;
    }
    for (const auto& [key, value] : changes) {
        if (value) {
            wanted[key] = *value;
        } else {
            wanted.erase(key);
        }
    }
    const ConfigResource resource{rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str())};
    for (const auto& [key, value] : wanted) {
        rd_kafka_ConfigResource_set_config(resource.get(), key.c_str(), value.c_str());
    }
    auto* raw = resource.get();
    const auto event =
        admin_call(connection, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, what, [&](auto* options, auto* queue) {
            rd_kafka_AlterConfigs(connection.get(), &raw, 1, options, queue);
        });
    if (!event) return event.error();
    std::size_t count = 0;
    const auto* result = rd_kafka_event_AlterConfigs_result(event->get());
    return first_error(rd_kafka_AlterConfigs_result_resources(result, &count), count, what);
}

}  // namespace weir::client
