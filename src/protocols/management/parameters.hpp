// Parameters as RabbitMQ's API has them: virtual hosts' limits and operator policies, which weir keeps
// otherwise; those of components that weir does not run, which it keeps for them; and those of the cluster.
#pragma once

#include "metadata/topology/topology.hpp"
#include "protocols/management/call.hpp"

namespace weir::management {

inline constexpr const char* limits_component = "vhost-limits";
inline constexpr const char* operator_policy_component = "operator_policy";
inline constexpr const char* shovel_component = "shovel";

// Each with component, vhost, name and value.
std::vector<Json> parameters_of(const topology::Topology& topology,
                                const std::vector<const topology::HostState*>& hosts);
// Each with name and value.
std::vector<Json> global_parameters(const Services& services, const topology::Topology& topology);

// The value is the field of that name. Errors: invalid_argument.
Result<topology::Parameter> read_parameter(const std::string& component, const std::string& host,
                                           const std::string& name, const Json& from);
Result<topology::Parameter> read_global_parameter(const std::string& name, const Json& from);
// Whether the cluster has it by itself.
bool is_given_parameter(std::string_view global_name);

}  // namespace weir::management
