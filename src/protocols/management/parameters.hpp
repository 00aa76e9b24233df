// Virtual hosts' limits and operator policies as the parameters that RabbitMQ keeps them in.
#pragma once

#include "metadata/topology/topology.hpp"
#include "protocols/management/json.hpp"

namespace weir::management {

inline constexpr const char* limits_component = "vhost-limits";
inline constexpr const char* operator_policy_component = "operator_policy";

// Each with component, vhost, name and value.
std::vector<Json> parameters_of(const std::vector<const topology::HostState*>& hosts);

}  // namespace weir::management
