// How weir introduces itself in connection.start, in the order in which RabbitMQ does.
#pragma once

#include "protocols/amqp/settings.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {

TableWriter server_properties(const Settings& settings);

}  // namespace weir::amqp
