// How commands reach the management API, and print what it lists.
#pragma once

#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "protocols/management/http_client.hpp"

namespace weir::app {

struct ManagementOptions {
    management::HttpClientOptions client;
    std::string host = "/";  // the virtual one
    bool json = false;
};

// --http, --http-authority, --user, --password, --timeout; --vhost and --json for the commands that have a
// use for them. Their values come from the environment, too (WEIR_HTTP, WEIR_HTTP_AUTHORITY, WEIR_HTTP_USER,
// …_PASSWORD).
enum class With { nothing, host, list, host_and_list };
void add_management_options(CLI::App& command, const std::shared_ptr<ManagementOptions>& options, With with);
// The same values from the environment alone. Errors: invalid_argument.
Result<void> read_management_environment(ManagementOptions& options);

// "/api/queues/%2F/orders" of {"queues", "/", "orders"}.
std::string api_path(std::initializer_list<std::string_view> segments);

struct ApiAnswer {
    int status = 0;
    nlohmann::json body;  // null if there was none
};
// Errors: not_found, already_exists, invalid_argument, not_authorized, io_error by the API's answer, with its
// reason; timed_out (nobody answers).
Result<ApiAnswer> ask_api(const ManagementOptions& options, const std::string& method,
                          const std::string& path, const nlohmann::json& body = nullptr,
                          const std::string& reason = "");

struct Column {
    std::string header;
    std::string field;  // "a.b": the b of a
};
// A value as a word: "" for none; lists and objects as JSON.
std::string cell_text(const nlohmann::json& item, const std::string& field);
// The list at that path as a table, or as JSON. `nothing` is said if it is empty.
Result<int> print_list(const ManagementOptions& options, const std::string& path,
                       const std::vector<Column>& columns, const std::string& nothing);
// Makes the change and says so.
Result<int> make_change(const ManagementOptions& options, const std::string& method, const std::string& path,
                        const nlohmann::json& body, const std::string& done);
// The text of a JSON object. Errors: invalid_argument, with what it was to be.
Result<ApiAnswer> parse_object(const std::string& text, std::string_view what);

}  // namespace weir::app
