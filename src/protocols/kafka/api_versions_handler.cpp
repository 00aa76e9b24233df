// ApiVersions: what weir speaks, told to clients of any version.
#include "protocols/kafka/dispatch.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

constexpr std::int16_t first_named_version = 3;

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// KIP-511: letters, digits, '-' and '.', neither of which at an end.
bool is_software_name(std::string_view text) {
    const auto inner = [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; };
    return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
           std::ranges::all_of(text, inner);
}

ApiVersionsResponse::ApiKey range_of(const Api& api) {
    const auto versions = api.advertised();
    return {.api_key = api.key, .min_version = versions.min, .max_version = versions.max};
}

}  // namespace

void handle_api_versions(ApiVersionsCall call) {
    ApiVersionsResponse response;
    if (call.version() >= first_named_version && (!is_software_name(call.request.client_software_name) ||
                                                  !is_software_name(call.request.client_software_version))) {
        response.error_code = ErrorCode::invalid_request;
        return call.reply(response);
    }
    for (const auto* api : served_apis()) response.api_keys.push_back(range_of(*api));
    std::ranges::sort(response.api_keys, std::less{}, &ApiVersionsResponse::ApiKey::api_key);
    call.reply(response);
}

void refuse_api_versions(const std::shared_ptr<Exchange>& exchange) {
    ApiVersionsResponse response;
    response.error_code = ErrorCode::unsupported_version;
    response.api_keys.push_back(range_of(api_versions_api));
    auto header = exchange->header();
    header.api_version = 0;
    Bytes out;
    encode_response(out, header, response);
    Reply reply;
    reply.emplace_back(std::move(out));
    exchange->finish(std::move(reply));
}

}  // namespace weir::kafka
