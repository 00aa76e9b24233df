// What policies may set, and what of it weir acts by.
#pragma once

#include <string>
#include <vector>

#include "metadata/topology/entities.hpp"

namespace weir::management {

// Names that nobody knows: neither weir nor RabbitMQ.
std::vector<std::string> unknown_settings(const topology::Policy& policy);
// Names that RabbitMQ acts by and weir does not: mirrors, federation, where a queue's master is.
std::vector<std::string> idle_settings(const topology::Policy& policy);
// The reason of the refusal.
std::string not_recognised(const std::vector<std::string>& settings);

}  // namespace weir::management
