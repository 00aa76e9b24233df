// Where configuration comes from: a flag beats the environment, which beats weir.toml, which beats the
// default.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/config_keys.hpp"
#include "runtime/file.hpp"

namespace weir::app {

// What the process was given, as it was given.
struct ConfigInput {
    std::vector<std::pair<std::string, std::string>> flags;        // key's name -> value
    std::vector<std::string> broker_flags;                         // "num.partitions=3"
    std::vector<std::pair<std::string, std::string>> environment;  // variables that begin with WEIR_
    std::optional<std::string> file;                               // --config; nothing: the usual places
};

struct EffectiveConfig {
    Config config;
    std::vector<std::string>
        origins;       // for each of config_keys(): "default", "weir.toml:3", "WEIR_DATA", "--data"
    std::string file;  // the file that was read; empty: none
    std::vector<std::string> warnings;  // sentences: variables that look like misspelt keys
};

// Where weir.toml is looked for when neither --config nor WEIR_CONFIG names it.
inline constexpr const char* usual_config_files[] = {"weir.toml", "/etc/weir/weir.toml"};

// Errors: invalid_config, one line that says where, why and what the nearest right name is.
Result<EffectiveConfig> load_config(const ConfigInput& input, runtime::FileSystem& files);

// The variables of this process that begin with WEIR_.
std::vector<std::pair<std::string, std::string>> weir_environment();

}  // namespace weir::app
