// `weir config`: the configuration that `weir serve` would run with, and where each value came from.
#include <nlohmann/json.hpp>

#include "app/config_options.hpp"
#include "app/terminal.hpp"

namespace weir::app {

namespace {

nlohmann::json value_json(const Config& config, const ConfigKey& key) {
    if (const auto* number = std::get_if<NumberField>(&key.field)) return config.*(number->member);
    if (const auto* flag = std::get_if<bool Config::*>(&key.field)) return config.*(*flag);
    return value_text(config, key);
}

void print_json(const EffectiveConfig& effective) {
    auto keys = nlohmann::json::array();
    const auto table = config_keys();
    for (std::size_t i = 0; i < table.size(); ++i) {
        keys.push_back({{"name", table[i].name},
                        {"value", value_json(effective.config, table[i])},
                        {"origin", effective.origins[i]}});
    }
    for (const auto& [name, setting] : effective.config.broker) {
        keys.push_back({{"name", "broker." + name}, {"value", setting.value}, {"origin", setting.origin}});
    }
    const nlohmann::json document{{"file", effective.file}, {"keys", std::move(keys)}};
    fmt::print("{}\n", document.dump(2));
}

void print_table(const EffectiveConfig& effective) {
    const auto file = effective.file.empty() ? std::string{"none found"} : effective.file;
    fmt::print("{}\n\n", faint("configuration file: " + file));
    Table table{{"KEY", "VALUE", "FROM", "FLAG", "ENVIRONMENT"}};
    const auto keys = config_keys();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        table.add({std::string{keys[i].name}, value_text(effective.config, keys[i]), effective.origins[i],
                   keys[i].flag(), keys[i].environment()});
    }
    for (const auto& [name, setting] : effective.config.broker) {
        table.add({"broker." + name, setting.value, setting.origin, "--broker", ""});
    }
    table.print();
}

Result<int> run_config(const ConfigOptions& options) {
    const auto effective = load_config(options);
    if (!effective) return effective.error();
    for (const auto& warning : effective->warnings) fmt::print(stderr, "weir: {}\n", warning);
    options.json ? print_json(*effective) : print_table(*effective);
    return exit_success;
}

}  // namespace

void add_config_command(CLI::App& parent, Action& action) {
    auto* command =
        parent.add_subcommand("config", "Show the effective configuration and where it came from.");
    auto options = std::make_shared<ConfigOptions>();
    command->add_flag("--json", options->json, "For scripts: sizes in bytes.");
    add_config_options(*command, options);
    add_examples(*command,
                 "  weir config\n"
                 "  weir config --config /etc/weir/weir.toml --json\n"
                 "\nTakes the flags of `weir serve`, checks everything and starts nothing.");
    run_when_chosen(*command, action, std::move(options), run_config);
}

}  // namespace weir::app
