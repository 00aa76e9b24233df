// Addresses as configuration writes them.
#include "app/config.hpp"

#include <charconv>

namespace weir::app {

std::string HostPort::text() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format(fmt::runtime(is_ipv6 ? "[{}]:{}" : "{}:{}"), host, port);
}

Result<HostPort> parse_host_port(std::string_view text) {
    const Error wrong{Errc::invalid_config,
                      fmt::format("'{}' is not HOST:PORT, such as 127.0.0.1:9092 or [::1]:9092", text)};
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return wrong;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find_first_of(":[]") != std::string_view::npos) {
        return wrong;
    }
    if (host.find_first_of(" \t/") != std::string_view::npos) return wrong;
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || end != digits.data() + digits.size() || digits.empty()) return wrong;
    return HostPort{host.empty() ? "0.0.0.0" : std::string{host}, port};
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace weir::app
