// The flags that every command has that talks to a broker.
#pragma once

#include "app/command.hpp"
#include "client/connection.hpp"

namespace weir::app {

struct ClientOptions {
    client::ConnectionOptions connection;
    std::vector<std::string> raw_properties;  // "security.protocol=SSL"
    bool json = false;
};

// --bootstrap, --timeout, -X; and --json unless the command has no answer to print.
void add_client_options(CLI::App& command, const std::shared_ptr<ClientOptions>& options, bool with_json);

// "NAME=VALUE" taken apart. Errors: invalid_argument, with the flag's name.
Result<std::pair<std::string, std::string>> parse_assignment(const std::string& text, std::string_view flag);

// What the flags make: the options with -X's properties read.
Result<client::ConnectionOptions> connection_options(const ClientOptions& options);

// A connection for asking and administering.
Result<std::unique_ptr<client::Connection>> connect(const ClientOptions& options);

}  // namespace weir::app
