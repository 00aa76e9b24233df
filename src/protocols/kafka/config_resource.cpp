// Reading the names of config resources.
#include "protocols/kafka/config_resource.hpp"

#include <charconv>

#include "protocols/kafka/wire/describe_configs.hpp"

namespace weir::kafka {

Result<std::optional<NodeId>> parse_broker_resource(std::int8_t type, std::string_view name) {
    if (type != broker_resource) {
        return Error{Errc::invalid_argument,
                     fmt::format("weir has no settings for resources of type {}", type)};
    }
    if (name.empty()) return std::optional<NodeId>{};
    NodeId node;
    const auto* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data(), end, node.value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return Error{Errc::invalid_argument, fmt::format("a broker's name is its node id, not '{}'", name)};
    }
    return std::optional<NodeId>{node};
}

}  // namespace weir::kafka
