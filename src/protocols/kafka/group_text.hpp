// Small steps between the wire's views and the groups' own strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace weir::kafka {

inline std::optional<std::string> owned(const std::optional<std::string_view>& text) {
    return text ? std::optional<std::string>{*text} : std::nullopt;
}

inline std::vector<std::string> owned(const std::vector<std::string_view>& texts) {
    return {texts.begin(), texts.end()};
}

}  // namespace weir::kafka
