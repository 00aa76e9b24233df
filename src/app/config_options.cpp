// Turns the table of configuration keys into flags.
#include "app/config_options.hpp"

namespace weir::app {

CLI::Option* add_file_option(CLI::App& command, const std::shared_ptr<ConfigOptions>& options) {
    return command
        .add_option_function<std::string>(
            "--config", [options](const std::string& path) { options->file = path; },
            "The configuration file (WEIR_CONFIG; default weir.toml, then /etc/weir/weir.toml, if there).")
        ->type_name("FILE");
}

CLI::Option* add_key_option(CLI::App& command, const std::shared_ptr<ConfigOptions>& options,
                            const ConfigKey& key) {
    const auto value = value_text(Config{}, key);
    const auto doc = fmt::format("{}{}", key.doc, value.empty() ? "" : " [" + value + "]");
    const auto store = [options, name = std::string{key.name}](const CLI::results_t& results) {
        options->values[name] = results.empty() || results.back().empty() ? "true" : results.back();
        return true;
    };
    auto* option = command.add_option(key.flag(), store, doc)->type_name(key.placeholder());
    if (std::holds_alternative<bool Config::*>(key.field)) option->expected(0, 1);  // alone it means true
    return option;
}

void add_config_options(CLI::App& command, const std::shared_ptr<ConfigOptions>& options) {
    add_file_option(command, options);
    for (const auto& key : config_keys()) add_key_option(command, options, key);
    command
        .add_option_function<std::vector<std::string>>(
            "--broker", [options](const std::vector<std::string>& all) { options->broker = all; },
            "A broker setting under Kafka's name, such as num.partitions=3; may be repeated.")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
}

Result<EffectiveConfig> load_config(const ConfigOptions& options) {
    ConfigInput input;
    input.flags.assign(options.values.begin(), options.values.end());
    input.broker_flags = options.broker;
    input.environment = weir_environment();
    if (!options.file.empty()) input.file = options.file;
    return load_config(input, runtime::posix_file_system());
}

}  // namespace weir::app
