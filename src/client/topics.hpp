// Topics on a broker: what there is, making, changing and deleting it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/offsets.hpp"

namespace weir::client {

struct BrokerInfo {
    std::int32_t id;
    std::string host;
    int port;
};

struct PartitionInfo {
    std::int32_t id;
    std::int32_t leader;  // -1: none
    std::vector<std::int32_t> replicas;
    std::vector<std::int32_t> in_sync;
};

struct TopicInfo {
    std::string name;
    std::vector<PartitionInfo> partitions;  // by id
};

struct ClusterInfo {
    std::vector<BrokerInfo> brokers;
    std::vector<TopicInfo> topics;  // by name
};

struct NewTopic {
    std::string name;
    int partitions = -1;  // -1: the broker's default
    int replicas = -1;
    std::map<std::string, std::string> config;
};

struct ConfigEntry {
    std::string name;
    std::string value;
    bool is_default;
    bool is_sensitive;
    bool is_set_on_topic;  // as opposed to a broker's setting or a default
};

// What a change does to a topic's settings; nothing as a value goes back to the default.
using ConfigChanges = std::map<std::string, std::optional<std::string>>;

Result<ClusterInfo> describe_cluster(const Connection& connection);
// Errors: not_found. Never creates the topic.
Result<TopicInfo> describe_topic(const Connection& connection, const std::string& name);
// All partitions of a topic, by id. Errors: as above.
Result<std::vector<TopicPartition>> partitions_of(const Connection& connection, const std::string& name);

// Errors of all below: those of the broker, as it words them.
Result<void> create_topic(const Connection& connection, const NewTopic& topic);
Result<void> delete_topic(const Connection& connection, const std::string& name);
// `total` counts the present ones too; it can only grow.
Result<void> grow_topic(const Connection& connection, const std::string& name, int total);
Result<std::vector<ConfigEntry>> topic_config(const Connection& connection, const std::string& name);
// Reads the topic's settings and writes them back changed: this librdkafka has no incremental call, so of two
// changes at the same moment one can be lost.
Result<void> change_topic_config(const Connection& connection, const std::string& name,
                                 const ConfigChanges& changes);

}  // namespace weir::client
