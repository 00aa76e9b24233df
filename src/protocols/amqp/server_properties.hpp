// How weir introduces itself in connection.start, in the order in which RabbitMQ does.
#pragma once

#include "base/ids.hpp"
#include "protocols/amqp/settings.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {

TableWriter server_properties(const Settings& settings);

// A node's name in the form that RabbitMQ's tools know, some of which look for its first word.
std::string node_name(NodeId node);

}  // namespace weir::amqp
