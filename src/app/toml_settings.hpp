// weir.toml as a flat list of settings with the lines they stand on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::app {

struct TomlSetting {
    std::string name;   // "kafka.listen": tables and dotted keys joined by dots
    std::string value;  // numbers and booleans as they would be typed
    std::size_t line;   // from 1
    bool is_text;       // was it a string?
};

// Errors: invalid_config, with "`file`:LINE: " in front, for what is no TOML, lists, dates and nested values.
Result<std::vector<TomlSetting>> read_toml(std::string_view text, const std::string& file);

}  // namespace weir::app
