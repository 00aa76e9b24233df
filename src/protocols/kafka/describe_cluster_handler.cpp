// DescribeCluster: the nodes and the cluster's id.
#include "broker/broker.hpp"
#include "protocols/kafka/authorized_operations.hpp"
#include "protocols/kafka/cluster_view.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

constexpr std::int8_t broker_endpoints = 1;
constexpr std::int8_t controller_endpoints = 2;

}  // namespace

void handle_describe_cluster(DescribeClusterCall call) {
    DescribeClusterResponse response;
    response.endpoint_type = call.request.endpoint_type;
    response.cluster_id = call.broker().cluster_id().text();
    if (call.request.endpoint_type != broker_endpoints) {
        response.error_code = call.request.endpoint_type == controller_endpoints
                                  ? ErrorCode::mismatched_endpoint_type
                                  : ErrorCode::unsupported_endpoint_type;
        response.error_message = "weir's nodes have no separate controllers: ask for brokers";
        return call.reply(response);
    }
    const auto& advertised = call.exchange->advertised();
    response.controller_id = controller_node(call.broker());
    for (auto& node : all_nodes(call.broker(), advertised)) {
        if (node.is_fenced && !call.request.include_fenced_brokers) continue;
        response.brokers.push_back(
            {node.id, std::move(node.host), node.port, std::move(node.rack), node.is_fenced});
    }
    if (call.request.include_cluster_authorized_operations)
        response.cluster_authorized_operations = cluster_operations;
    call.reply(response);
}

}  // namespace weir::kafka
