// Requests to the API, and its errors as sentences.
#include "app/management_client.hpp"

#include <cstdlib>

#include "app/terminal.hpp"
#include "protocols/management/target.hpp"

namespace weir::app {

using nlohmann::json;

namespace {

Errc code_of(int status) {
    switch (status) {
        case 400: return Errc::invalid_argument;
        case 401: return Errc::not_authorized;
        case 404: return Errc::not_found;
        case 409: return Errc::already_exists;
        default: return Errc::io_error;
    }
}

// "/api/queues/%2F/orders" taken apart.
std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> out;
    path = path.substr(0, path.find('?'));
    for (std::size_t at = 0; at < path.size();) {
        const auto end = std::min(path.find('/', at + 1), path.size());
        auto word = management::percent_decoded(path.substr(at + 1, end - at - 1), false);
        out.push_back(word ? std::move(*word) : "");
        at = end;
    }
    return out;
}

// What is not there, by the path that was asked for. Of its virtual host it may be that, too.
std::string missing_thing(const std::string& path) {
    constexpr std::pair<std::string_view, const char*> kinds[] = {
        {"queues", "queue"},     {"exchanges", "exchange"},
        {"policies", "policy"},  {"operator-policies", "operator policy"},
        {"permissions", "user"}, {"parameters", "parameter"}};
    auto words = segments_of(path);
    words.erase(words.begin());  // "api"
    if (words.size() > 1 && words[0] == "weir") words.erase(words.begin());
    if (words.size() == 2 && words[0] == "users") return fmt::format("there is no user '{}'", words[1]);
    if (words.size() == 2) return fmt::format("there is no virtual host '{}'", words[1]);
    if (words.size() >= 6 && words[0] == "bindings")
        return fmt::format("there is no exchange '{}', or nothing called '{}', in the virtual host '{}'",
                           words[3], words[5], words[1]);
    for (const auto& [family, kind] : kinds) {
        if (words.size() > 2 && words[0] == family)
            return fmt::format("there is no {} '{}' in the virtual host '{}'", kind, words[2], words[1]);
    }
    return "there is no such thing: " + path;
}

// Not one of the command line: it was understood.
Error failure(const std::string& path, int status, const json& body) {
    std::string reason = body.is_object() && body.contains("reason") && body["reason"].is_string()
                             ? body["reason"].get<std::string>()
                             : fmt::format("HTTP status {}", status);
    if (status == 404) reason = missing_thing(path);
    if (status == 401) reason += " (--user and --password, or WEIR_HTTP_USER and WEIR_HTTP_PASSWORD)";
    const auto code = code_of(status);
    return {code == Errc::invalid_argument ? Errc::invalid_name : code, std::move(reason)};
}

Result<void> set_server(ManagementOptions& options, const std::string& text) {
    constexpr std::string_view plain = "http://", by_tls = "https://";
    options.client.stream.is_tls = text.starts_with(by_tls);
    const auto scheme = options.client.stream.is_tls ? by_tls.size()
                        : text.starts_with(plain)    ? plain.size()
                                                     : 0;
    auto endpoint = runtime::Endpoint::parse(text.substr(scheme));
    if (!endpoint) return endpoint.error();
    options.client.stream.server = std::move(*endpoint);
    return {};
}

}  // namespace

void add_management_options(CLI::App& command, const std::shared_ptr<ManagementOptions>& options, With with) {
    command
        .add_option_function<std::string>(
            "--http",
            [options](const std::string& text) {
                if (auto set = set_server(*options, text); !set)
                    throw CLI::ValidationError("--http", set.error().message);
            },
            "Where the management API is served (weir serve --http-listen); https://HOST:PORT for one with "
            "--http-tls-listen. [127.0.0.1:15672]")
        ->type_name("HOST:PORT")
        ->envname("WEIR_HTTP")
        ->group("Connection");
    command
        .add_option("--http-authority", options->client.stream.authority,
                    "A PEM file with who vouches for an https server. [whom the system trusts]")
        ->type_name("FILE")
        ->envname("WEIR_HTTP_AUTHORITY")
        ->group("Connection");
    command.add_option("--user", options->client.user, "Who asks. [guest]")
        ->envname("WEIR_HTTP_USER")
        ->group("Connection");
    command.add_option("--password", options->client.password, "The user's password. [guest]")
        ->envname("WEIR_HTTP_PASSWORD")
        ->group("Connection");
    command
        .add_option_function<double>(
            "--timeout",
            [options](double s) { options->client.stream.timeout_ms = static_cast<std::int64_t>(s * 1000); },
            "How long to wait for an answer. [60]")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.1, 3600.0))
        ->group("Connection");
    if (with == With::host || with == With::host_and_list)
        command.add_option("--vhost,-p", options->host, "The virtual host. [/]")->type_name("NAME");
    if (with == With::list || with == With::host_and_list)
        command.add_flag("--json", options->json, "Print JSON, for scripts.");
}

Result<void> read_management_environment(ManagementOptions& options) {
    if (const char* user = std::getenv("WEIR_HTTP_USER")) options.client.user = user;
    if (const char* password = std::getenv("WEIR_HTTP_PASSWORD")) options.client.password = password;
    if (const char* file = std::getenv("WEIR_HTTP_AUTHORITY")) options.client.stream.authority = file;
    const char* server = std::getenv("WEIR_HTTP");
    return server != nullptr ? set_server(options, server) : Result<void>{};
}

std::string api_path(std::initializer_list<std::string_view> segments) {
    std::string out = "/api";
    for (const auto segment : segments) out += "/" + management::percent_encoded(segment);
    return out;
}

Result<ApiAnswer> ask_api(const ManagementOptions& options, const std::string& method,
                          const std::string& path, const json& body, const std::string& reason) {
    management::HttpRequest request{.method = method, .target = path, .reason = reason};
    if (!body.is_null()) request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    const auto response = management::ask(options.client, request);
    if (!response) return response.error();
    ApiAnswer out{.status = response->status, .body = json::parse(response->body, nullptr, false)};
    if (out.body.is_discarded()) out.body = nullptr;
    if (out.status >= 400) return failure(path, out.status, out.body);
    return out;
}

std::string cell_text(const json& item, const std::string& field) {
    const auto* at = &item;
    for (std::size_t begin = 0; begin <= field.size();) {
        const auto end = std::min(field.find('.', begin), field.size());
        const auto name = field.substr(begin, end - begin);
        if (!at->is_object() || !at->contains(name)) return "";
        at = &(*at)[name];
        begin = end + 1;
    }
    if (at->is_null()) return "";
    if (at->is_string()) return at->get<std::string>();
    return at->dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<int> print_list(const ManagementOptions& options, const std::string& path,
                       const std::vector<Column>& columns, const std::string& nothing) {
    const auto answer = ask_api(options, "GET", path);
    if (!answer) return answer.error();
    if (options.json) {
        fmt::print("{}\n", answer->body.dump(2, ' ', false, json::error_handler_t::replace));
        return exit_success;
    }
    std::vector<std::string> header;
    for (const auto& column : columns) header.push_back(column.header);
    Table table{std::move(header)};
    for (const auto& item : answer->body) {
        std::vector<std::string> row;
        for (const auto& column : columns) row.push_back(cell_text(item, column.field));
        table.add(std::move(row));
    }
    if (table.empty())
        fmt::print("{}\n", nothing);
    else
        table.print();
    return exit_success;
}

Result<int> make_change(const ManagementOptions& options, const std::string& method, const std::string& path,
                        const json& body, const std::string& done) {
    const auto answer = ask_api(options, method, path, body);
    if (!answer) return answer.error();
    fmt::print("{}\n", done);
    return exit_success;
}

Result<ApiAnswer> parse_object(const std::string& text, std::string_view what) {
    ApiAnswer out{.body = json::parse(text, nullptr, false)};
    if (!out.body.is_object())
        return Error{Errc::invalid_argument, fmt::format("{} is a JSON object, not '{}'", what, text)};
    return out;
}

}  // namespace weir::app
