// ListConfigResources: the topics and nodes, which is all that has settings here.
#include "broker/broker.hpp"
#include "protocols/kafka/cluster_view.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/wire/describe_configs.hpp"

namespace weir::kafka {

namespace {

// Kafka has settings for these as well, here they have none: loggers, metrics that clients send, and groups.
constexpr std::int8_t logger_resource = 8;
constexpr std::int8_t group_resource = 32;
constexpr std::int8_t known_types[] = {topic_resource, broker_resource, logger_resource,
                                       client_metrics_resource, group_resource};

bool is_known(std::int8_t type) {
    return std::ranges::find(known_types, type) != std::end(known_types);
}

void list_nodes(const ListConfigResourcesCall& call, ListConfigResourcesResponse& response) {
    for (const auto& node : usable_nodes(call.broker(), call.exchange->advertised()))
        response.config_resources.push_back({std::to_string(node.id.value), broker_resource});
}

void list_topics(const ListConfigResourcesCall& call, ListConfigResourcesResponse& response) {
    for (const auto& topic : call.broker().topics().all())
        response.config_resources.push_back({topic->name(), topic_resource});
}

}  // namespace

void handle_list_config_resources(ListConfigResourcesCall call) {
    ListConfigResourcesResponse response;
    const auto& types = call.request.resource_types;
    const auto wants = [&](std::int8_t type) {
        return types.empty() || std::ranges::find(types, type) != types.end();
    };
    if (!std::ranges::all_of(types, is_known)) {
        response.error_code = ErrorCode::unsupported_version;
    } else if (call.version() >= 1) {  // version 0 asks for client metrics alone
        if (wants(broker_resource)) list_nodes(call, response);
        if (wants(topic_resource)) list_topics(call, response);
    }
    call.reply(response);
}

}  // namespace weir::kafka
