// The names by which requests about settings mean a node, all nodes or a topic.
#pragma once

#include <optional>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace weir::kafka {

// For a broker resource: its node, or nothing for the default of all nodes (an empty name). Errors:
// invalid_argument for another type of resource or a name that is no number.
Result<std::optional<NodeId>> parse_broker_resource(std::int8_t type, std::string_view name);

}  // namespace weir::kafka
