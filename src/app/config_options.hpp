// The flags of `weir serve` and `weir config`: one for each configuration key.
#pragma once

#include "app/command.hpp"
#include "app/config_sources.hpp"

namespace weir::app {

struct ConfigOptions {
    std::map<std::string, std::string> values;  // key's name -> what its flag was given
    std::vector<std::string> broker;
    std::string file;
    bool json = false;  // of `weir config` only
};

// One of them: the key's flag, and --config.
CLI::Option* add_key_option(CLI::App& command, const std::shared_ptr<ConfigOptions>& options,
                            const ConfigKey& key);
CLI::Option* add_file_option(CLI::App& command, const std::shared_ptr<ConfigOptions>& options);
void add_config_options(CLI::App& command, const std::shared_ptr<ConfigOptions>& options);

// The configuration these flags, the process's environment and its files make.
Result<EffectiveConfig> load_config(const ConfigOptions& options);

}  // namespace weir::app
