// `weir serve`: starts the server.
#include "app/config_options.hpp"
#include "app/serve.hpp"

namespace weir::app {

namespace {

Result<int> run_serve(const ConfigOptions& options) {
    const auto effective = load_config(options);
    if (!effective) return effective.error();
    set_log_level(effective->config.log_level);
    for (const auto& warning : effective->warnings) log_warning("{}", warning);
    if (auto served = serve(*effective); !served) return served.error();
    return exit_success;
}

}  // namespace

void add_serve_command(CLI::App& parent, Action& action) {
    auto* command = parent.add_subcommand("serve", "Start the server.");
    auto options = std::make_shared<ConfigOptions>();
    add_config_options(*command, options);
    add_examples(
        *command,
        "  weir serve                                  on 127.0.0.1:9092, with ./data\n"
        "  weir serve --data /var/lib/weir --kafka-listen 127.0.0.1:0\n"
        "  WEIR_LOG_LEVEL=debug weir serve --config /etc/weir/weir.toml\n"
        "  weir serve --broker num.partitions=6 --broker log.retention.ms=86400000\n"
        "\nEvery flag is also a key of weir.toml and a variable: --kafka-listen is `listen` in [kafka] and\n"
        "WEIR_KAFKA_LISTEN. A flag beats the variable, the variable beats the file. `weir config` shows the\n"
        "outcome. weir stops cleanly on SIGTERM and SIGINT.");
    run_when_chosen(*command, action, std::move(options), run_serve);
}

}  // namespace weir::app
