// From a request to its handler, and from an outcome to a response.
#include "protocols/management/api.hpp"

#include <algorithm>

#include "base/log_line.hpp"
#include "broker/access/password.hpp"
#include "protocols/management/routes.hpp"
#include "protocols/management/target.hpp"

namespace weir::management {

namespace {

constexpr std::string_view welcome =
    "<!DOCTYPE html><html><head><title>weir</title></head><body><h1>weir</h1><p>This is the management API: "
    "its addresses begin with <a href=\"/api/overview\">/api/</a>.</p></body></html>\n";

int status_of(Errc code) {
    switch (code) {
        case Errc::not_found: return 404;
        case Errc::not_authorized: return 401;
        case Errc::disabled: return 405;
        case Errc::already_exists: return 409;
        case Errc::invalid_argument:
        case Errc::invalid_name:
        case Errc::limit_exceeded:
        case Errc::unsupported: return 400;
        case Errc::busy:
        case Errc::not_leader:
        case Errc::unavailable:
        case Errc::outcome_unknown:
        case Errc::timed_out:
        case Errc::shutting_down: return 503;
        default: return 500;
    }
}

std::string_view error_word(int status) {
    switch (status) {
        case 400: return "bad_request";
        case 401: return "not_authorized";
        case 404: return "Object Not Found";
        case 405: return "Method Not Allowed";
        case 409: return "conflict";
        default: return "internal_error";
    }
}

HttpResponse error_response(const Error& error) {
    HttpResponse out{.status = status_of(error.code)};
    const bool hides_names = out.status == 404;
    out.body = json_text({{"error", error_word(out.status)},
                          {"reason", hides_names ? std::string{"Not Found"} : error.message}});
    if (out.status == 401)
        out.headers.emplace_back("www-authenticate", "Basic realm=\"RabbitMQ Management\"");
    if (out.status >= 500) log_warning("the management API: {}", error.message);
    return out;
}

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::optional<BasicCredentials> basic_credentials(std::string_view authorization) {
    constexpr std::string_view scheme = "basic ";
    if (authorization.size() < scheme.size()) return std::nullopt;
    const auto is_same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    if (!std::ranges::equal(authorization.substr(0, scheme.size()), scheme, is_same)) return std::nullopt;
    const auto decoded = access::from_base64(authorization.substr(scheme.size()));
    if (!decoded) return std::nullopt;
    const auto text = as_text(*decoded);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return BasicCredentials{std::string{text.substr(0, colon)}, std::string{text.substr(colon + 1)}};
}

HttpResponse Api::serve(const HttpRequest& request, const runtime::Endpoint& client) {
    const auto path = request.target.substr(0, request.target.find('?'));
    if (path == "/" && request.method == "GET")
        return {.body = std::string{welcome}, .headers = {{"content-type", "text/html"}}};
    if (path == "/metrics" && request.method == "GET") return metrics_response(MetricsDetail::totals);
    if (path == "/metrics/per-object" && request.method == "GET") {
        const auto user = log_in(request, client);
        if (!user) return error_response(user.error());
        if (!has(**user, Rights::monitoring)) return error_response(refused("Not monitor user"));
        return metrics_response(MetricsDetail::per_object);
    }
    auto answered = answer(request, client);
    if (!answered) return error_response(answered.error());
    HttpResponse out{.status = answered->status, .headers = std::move(answered->headers)};
    if (answered->body) out.body = json_text(*answered->body);
    return out;
}

HttpResponse Api::metrics_response(MetricsDetail detail) {
    return {.body = metrics_text(services_, detail), .headers = {{"content-type", metrics_content_type}}};
}

Result<Answer> Api::answer(const HttpRequest& request, const runtime::Endpoint& client) {
    auto target = parse_target(request.target);
    if (!target) return target.error();
    if (target->path.empty() || target->path.front() != "api") return not_found();
    auto found = find_route(request.method, std::span{target->path}.subspan(1));
    if (found.methods.empty()) return not_found();
    if (request.method == "OPTIONS")
        return Answer{.status = 200, .headers = {{"allow", joined(found.methods)}}};
    if (found.route == nullptr) {
        return Answer{.status = 405,
                      .body = Json{{"error", error_word(405)}, {"reason", "Method Not Allowed"}},
                      .headers = {{"allow", joined(found.methods)}}};
    }
    auto user = log_in(request, client);
    if (!user) return user.error();
    if (!has(**user, Rights::any)) return refused("Not management user");
    if (!has(**user, found.route->rights))
        return refused(fmt::format("Not {} user", rights_name(found.route->rights)));
    auto body = parse_json(request.method == "DELETE" ? "" : request.body);
    if (!body) return body.error();
    return found.route->handler({.services = services_,
                                 .user = std::move(*user),
                                 .method = request.method,
                                 .reason = request.reason,
                                 .arguments = std::move(found.arguments),
                                 .query = std::move(target->query),
                                 .body = std::move(body->json),
                                 .catalogue = services_.queues().catalogue()});
}

Result<topology::UserPtr> Api::log_in(const HttpRequest& request, const runtime::Endpoint& client) {
    const auto credentials = basic_credentials(request.authorization);
    if (!credentials) return refused("Login failed");
    const auto catalogue = services_.queues().catalogue();
    auto user = authenticator_.authenticate(catalogue->topology(),
                                            {.user = credentials->user,
                                             .password = credentials->password,
                                             .address = client.host,
                                             .is_loopback = client.is_loopback(),
                                             .now_ms = services_.broker.clock().monotonic_ms()});
    services_.logins->add(user.has_value());
    if (user) return user;
    log_info("the management API refuses '{}' from {}: {}", credentials->user, client.text(),
             user.error().message);
    if (user.error().code == Errc::busy) return user.error();
    return refused("Login failed");
}

}  // namespace weir::management
