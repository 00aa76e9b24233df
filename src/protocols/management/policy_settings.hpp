// What policies may set, and what of it weir acts by.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metadata/topology/entities.hpp"

namespace weir::management {

// Which names nobody knows, neither weir nor RabbitMQ, as the reason of a refusal; nothing if there are none.
std::optional<std::string> policy_mistake(const topology::Policy& policy);
// Names that RabbitMQ acts by and weir does not: mirrors, federation, where a queue's master is.
std::vector<std::string> idle_settings(const topology::Policy& policy);

}  // namespace weir::management
