// The table of connection.start.
#include "protocols/amqp/server_properties.hpp"

#include <fmt/format.h>

namespace weir::amqp {

namespace {

// What clients ask for before they use an extension.
constexpr std::string_view capabilities[] = {
    "publisher_confirms",           "exchange_exchange_bindings", "basic.nack",
    "consumer_cancel_notify",       "connection.blocked",         "consumer_priorities",
    "authentication_failure_close", "per_consumer_qos",           "direct_reply_to",
};

}  // namespace

TableWriter server_properties(const Settings& settings) {
    TableWriter able;
    for (const auto name : capabilities) able.add(name, true);
    TableWriter properties;
    properties.add("capabilities", able.table());
    properties.add("cluster_name", std::string_view{settings.cluster_name});
    properties.add("copyright", "the authors of weir");
    properties.add("information", "weir, which speaks RabbitMQ's protocol");
    properties.add("platform", std::string_view{settings.platform});
    properties.add("product", std::string_view{settings.product});
    properties.add("version", std::string_view{settings.version});
    return properties;
}

std::string node_name(NodeId node) {
    return fmt::format("rabbit@weir-{}", node.value);
}

}  // namespace weir::amqp
