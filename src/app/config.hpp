// What a weir server can be told. config_keys.hpp says how each member is called in weir.toml, on the command
// line and in the environment; config_sources.hpp fills it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/log_line.hpp"
#include "base/result.hpp"
#include "runtime/endpoint.hpp"

namespace weir::app {

// A setting under Kafka's own name, for the layer that knows those names to judge. `origin` says who set it:
// "weir.toml:7", "WEIR_BROKER_NUM_IO_THREADS", "--broker".
struct BrokerSetting {
    std::string value;
    std::string origin;
};

struct Config {
    std::string data = "./data";
    std::int64_t reactors = 0;  // 0: one for each core
    LogLevel log_level = LogLevel::info;
    bool allow_insecure = false;

    std::int64_t node = 1;  // of an empty data directory
    std::string rack;
    std::optional<runtime::Endpoint> cluster_listen;  // nothing: the node is alone
    std::optional<runtime::Endpoint> join;  // a node of the cluster that an empty directory shall join
    std::string cluster_certificate;        // PEM files; all of them, or none
    std::string cluster_key;
    std::string cluster_authority;

    runtime::Endpoint kafka_listen{"127.0.0.1", 9092};  // port 0: the system picks a free one
    std::optional<runtime::Endpoint> kafka_advertised;  // nothing: where the client's connection came in
    std::optional<runtime::Endpoint> amqp_listen;       // nothing: no AMQP clients
    std::optional<runtime::Endpoint> amqp_tls_listen;   // nothing: none by TLS
    std::string amqp_certificate;                       // PEM files, for TLS
    std::string amqp_key;
    std::string amqp_authority;                 // "": clients need no certificate
    std::string amqp_loopback_users = "guest";  // names with commas between them
    std::int64_t amqp_channel_max = 2047;
    std::int64_t amqp_frame_max_bytes = 131'072;
    std::int64_t amqp_heartbeat_s = 60;
    std::int64_t amqp_max_message_bytes = std::int64_t{128} << 20;
    std::int64_t amqp_disk_free_limit_bytes = std::int64_t{50} << 20;
    std::int64_t amqp_memory_limit_bytes = 0;                              // 0: 60 % of the machine's
    std::int64_t amqp_consumer_timeout_ms = std::int64_t{30} * 60 * 1000;  // 0: none
    std::optional<runtime::Endpoint> http_listen;                          // nothing: no management API
    std::optional<runtime::Endpoint> http_tls_listen;                      // nothing: none by TLS
    std::string http_certificate;                                          // PEM files, for TLS
    std::string http_key;
    std::string http_authority;  // "": clients need no certificate

    bool serves_amqp() const { return amqp_listen || amqp_tls_listen; }
    bool serves_http() const { return http_listen || http_tls_listen; }
    bool serves_queues() const { return serves_amqp() || serves_http(); }  // to clients of its own

    std::int64_t max_connections = 10'000;
    // What one connection may make weir hold while nobody has vouched for it: below 64 MiB with all copies.
    std::int64_t max_request_bytes = std::int64_t{40} << 20;
    std::int64_t memory_budget_bytes = std::int64_t{512} << 20;
    std::int64_t max_open_files = 4096;

    std::int64_t journal_file_bytes = std::int64_t{64} << 20;
    std::int64_t journal_checkpoint_bytes = std::int64_t{256} << 20;
    std::int64_t journal_reserve_bytes = std::int64_t{16} << 20;
    std::int64_t journal_commit_spacing_us = 1000;

    std::int64_t scrub_bytes_per_second = std::int64_t{16} << 20;  // 0: damage is not looked for
    std::int64_t scrub_interval_ms = std::int64_t{3600} * 1000;

    bool auto_create_topics = true;
    std::int64_t default_partitions = 1;
    std::int64_t topic_segment_bytes = std::int64_t{1} << 30;
    std::int64_t topic_retention_ms = std::int64_t{7} * 24 * 3600 * 1000;  // -1: for ever
    std::int64_t topic_retention_bytes = -1;                               // -1: no limit
    std::int64_t topic_max_message_bytes = 1'048'588;

    std::int64_t group_initial_rebalance_delay_ms = 3000;
    std::int64_t group_offsets_retention_minutes = 7 * 24 * 60;

    std::map<std::string, BrokerSetting> broker;  // Kafka's name -> value: what has no member above
};

}  // namespace weir::app
