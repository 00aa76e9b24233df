// Settings as numbers and flags, parsed once per change, for the paths that run per request.
#pragma once

#include <cstdint>

#include "metadata/effective_setting.hpp"

namespace weir::metadata {

// Times in milliseconds, -1: no limit.
struct TopicSettings {
    std::int64_t retention_ms = 0;
    std::int64_t retention_bytes = 0;
    std::int64_t segment_bytes = 0;
    std::int64_t segment_ms = 0;
    std::int64_t max_message_bytes = 0;        // of a batch as stored
    std::int64_t timestamp_before_max_ms = 0;  // how far a record's timestamp may lie behind the clock
    std::int64_t timestamp_after_max_ms = 0;   // and ahead of it
    std::int32_t min_insync_replicas = 1;
    // From the topic and the default of all nodes only, so that the whole cluster sees the same: what
    // metadata::min_in_sync() takes. A leader moves its high watermark by no less.
    std::int32_t cluster_min_insync_replicas = 1;
    bool is_append_time = false;  // message.timestamp.type=LogAppendTime
    bool is_compacted = false;    // cleanup.policy has compact: records need keys
    bool drops_old = true;        // cleanup.policy has delete: retention applies
    bool is_page_cache = false;   // weir.durability=page-cache
    bool allows_unclean_leader = false;

    bool operator==(const TopicSettings&) const = default;
};

TopicSettings topic_settings(const SettingLayers& layers);

struct BrokerSettings {
    bool auto_create_topics = true;
    bool delete_topic_enabled = true;
    std::int32_t num_partitions = 1;
    std::int32_t default_replication_factor = 1;
    std::int64_t fetch_max_bytes = 0;
    std::int64_t request_max_bytes = 0;
    std::int64_t connections_max_idle_ms = 0;
    std::int64_t producer_id_expiration_ms = 0;
    std::int32_t group_initial_rebalance_delay_ms = 0;
    std::int32_t group_min_session_timeout_ms = 0;
    std::int32_t group_max_session_timeout_ms = 0;
    std::int32_t group_max_size = 0;
    std::int32_t offset_metadata_max_bytes = 0;
    std::int64_t offsets_retention_ms = 0;
    std::int64_t offsets_retention_check_ms = 0;
    std::int32_t offsets_topic_partitions = 0;
    std::int32_t queue_replicas = 1;
    bool selects_replica_by_rack = true;

    bool operator==(const BrokerSettings&) const = default;
};

// `layers.topic` is not looked at.
BrokerSettings broker_settings(const SettingLayers& layers);

}  // namespace weir::metadata
