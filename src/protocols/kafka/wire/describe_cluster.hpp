// DescribeCluster: the nodes and the cluster's id, for tools.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api describe_cluster_api{
    .key = 60, .name = "DescribeCluster", .versions = between(0, 2), .flexible = always};

struct DescribeClusterRequest {
    static constexpr const Api& api = describe_cluster_api;

    bool include_cluster_authorized_operations = false;
    std::int8_t endpoint_type = 1;  // 1: brokers; 2: controllers
    bool include_fenced_brokers = false;

    static void fields(auto& m, auto&& v) {
        v.field(m.include_cluster_authorized_operations, {.name = "include_cluster_authorized_operations"});
        v.field(m.endpoint_type, {.name = "endpoint_type", .in = since(1)});
        v.field(m.include_fenced_brokers, {.name = "include_fenced_brokers", .in = since(2)});
    }
};

struct DescribeClusterResponse {
    static constexpr const Api& api = describe_cluster_api;

    struct Broker {
        NodeId broker_id;
        std::string host;
        std::int32_t port = 0;
        std::optional<std::string> rack;
        bool is_fenced = false;

        static void fields(auto& m, auto&& v) {
            v.field(m.broker_id, {.name = "broker_id"});
            v.field(m.host, {.name = "host"});
            v.field(m.port, {.name = "port"});
            v.field(m.rack, {.name = "rack", .nullable = always});
            v.field(m.is_fenced, {.name = "is_fenced", .in = since(2)});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;
    std::int8_t endpoint_type = 1;
    std::string cluster_id;
    NodeId controller_id{-1};
    std::vector<Broker> brokers;
    std::int32_t cluster_authorized_operations = INT32_MIN;  // INT32_MIN: not asked

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.error_message, {.name = "error_message", .nullable = always});
        v.field(m.endpoint_type, {.name = "endpoint_type", .in = since(1)});
        v.field(m.cluster_id, {.name = "cluster_id"});
        v.field(m.controller_id, {.name = "controller_id"});
        v.field(m.brokers, {.name = "brokers"});
        v.field(m.cluster_authorized_operations, {.name = "cluster_authorized_operations"});
    }
};

}  // namespace weir::kafka
