// HTTP/1.1 requests and responses, as far as the management API looks at them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace weir::management {

struct HttpRequest {
    std::string method;         // "GET"
    std::string target;         // as it came: the path, and the query if there is one
    std::string authorization;  // the header's value; empty if there is none
    std::string reason;         // x-reason: why the client asks; may be empty
    std::string body;
    bool keep_alive = true;
};

struct HttpResponse {
    int status = 200;
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};  // those of every response are not among them
};

inline const std::string* find_header(const HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return &value;
    }
    return nullptr;
}

// As it goes over the wire; a response to HEAD has no body, but says how long it would be.
std::string wire_text(const HttpResponse& response, bool keep_alive, bool with_body);
// The phrase for a status: "Not Found".
std::string_view reason_phrase(int status);

}  // namespace weir::management
