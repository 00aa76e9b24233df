// The text form of endpoints.
#include "runtime/endpoint.hpp"

#include <charconv>

namespace weir::runtime {

Result<Endpoint> Endpoint::parse(const std::string& text) {
    const auto colon = text.rfind(':');
    const auto wrong = [&](const char* why) {
        return Error{Errc::invalid_argument, fmt::format("'{}' is not HOST:PORT: {}", text, why)};
    };
    if (colon == std::string::npos) return wrong("there is no colon");
    Endpoint endpoint;
    endpoint.host = text.substr(0, colon);
    if (endpoint.host.size() > 2 && endpoint.host.front() == '[' && endpoint.host.back() == ']') {
        endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
    } else if (endpoint.host.find(':') != std::string::npos) {
        return wrong("an IPv6 address needs brackets, as in [::1]:9092");
    }
    if (endpoint.host.empty()) endpoint.host = "0.0.0.0";
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, endpoint.port);
    if (parsed.ec != std::errc{} || parsed.ptr != end)
        return wrong("the port is not a number from 0 to 65535");
    return endpoint;
}

std::string Endpoint::text() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                               : fmt::format("[{}]:{}", host, port);
}

bool Endpoint::is_loopback() const {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace weir::runtime
