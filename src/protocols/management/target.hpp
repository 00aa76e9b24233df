// A request's target taken apart: the path's segments and the query, with what is percent-encoded decoded.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::management {

inline constexpr std::size_t max_path_segments = 16;
inline constexpr std::size_t max_query_parameters = 64;

struct Target {
    std::vector<std::string> path;  // "/api/vhosts/%2F" is {"api", "vhosts", "/"}
    std::map<std::string, std::string, std::less<>> query;
};

// Errors: invalid_argument.
Result<Target> parse_target(std::string_view text);

// Errors: invalid_argument (a percent sign without two digits).
Result<std::string> percent_decoded(std::string_view text, bool plus_is_space);
std::string percent_encoded(std::string_view text);

}  // namespace weir::management
