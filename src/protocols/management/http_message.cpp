// Responses as text.
#include "protocols/management/http_message.hpp"

#include <fmt/format.h>

namespace weir::management {

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 204: return "No Content";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        default: return "Status";
    }
}

std::string wire_text(const HttpResponse& response, bool keep_alive, bool with_body) {
    auto out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
    for (const auto& [name, value] : response.headers) out += fmt::format("{}: {}\r\n", name, value);
    if (!response.body.empty() && find_header(response, "content-type") == nullptr)
        out += "content-type: application/json\r\n";
    out += "cache-control: no-cache\r\n";
    if (response.status != 204) out += fmt::format("content-length: {}\r\n", response.body.size());
    if (!keep_alive) out += "connection: close\r\n";
    out += "\r\n";
    if (with_body) out += response.body;
    return out;
}

}  // namespace weir::management
