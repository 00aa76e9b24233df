// Which handler answers which request.
#pragma once

#include <span>

#include "protocols/management/handlers.hpp"

namespace weir::management {

struct Route {
    std::string_view method;
    std::string_view path;  // below /api/; {} stands for any one segment
    Rights rights;
    Handler handler;
};
std::span<const Route> all_routes();

struct Found {
    const Route* route = nullptr;        // null: none for this method
    std::vector<std::string> arguments;  // what stands for the route's {}
    std::vector<std::string> methods;    // that the path has; empty: there is no such path
};
// `path` is what follows /api.
Found find_route(std::string_view method, std::span<const std::string> path);

}  // namespace weir::management
