// How a command finds its broker.
#include "app/client_options.hpp"

namespace weir::app {

void add_client_options(CLI::App& command, const std::shared_ptr<ClientOptions>& options, bool with_json) {
    auto* bootstrap = command.add_option("--bootstrap,-b", options->connection.bootstrap,
                                         "The broker to ask; several with commas. [127.0.0.1:9092]");
    bootstrap->type_name("HOST:PORT")->envname("WEIR_BOOTSTRAP")->group("Connection");
    command
        .add_option_function<double>(
            "--timeout", [options](double s) { options->connection.timeout_ms = static_cast<int>(s * 1000); },
            "How long to wait for its answers. [10]")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.1, 3600.0))
        ->group("Connection");
    command
        .add_option("-X", options->raw_properties,
                    "A setting of librdkafka's, such as security.protocol=SSL; may be repeated.")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->group("Connection");
    if (with_json) command.add_flag("--json", options->json, "Print JSON, for scripts.");
}

Result<std::pair<std::string, std::string>> parse_assignment(const std::string& text, std::string_view flag) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
        return Error{Errc::invalid_argument, fmt::format("{}: '{}' is not NAME=VALUE", flag, text)};
    }
    return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

Result<client::ConnectionOptions> connection_options(const ClientOptions& options) {
    auto connection = options.connection;
    for (const auto& text : options.raw_properties) {
        auto property = parse_assignment(text, "-X");
        if (!property) return property.error();
        connection.properties.push_back(std::move(*property));
    }
    return connection;
}

Result<std::unique_ptr<client::Connection>> connect(const ClientOptions& options) {
    const auto connection = connection_options(options);
    if (!connection) return connection.error();
    return client::Connection::open(client::Role::producer, *connection);
}

}  // namespace weir::app
