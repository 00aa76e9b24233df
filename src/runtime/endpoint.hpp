// A host and a port: where something listens, or is reached.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace weir::runtime {

// `host` is a name or a number; an IPv6 address is without its brackets. Port 0, when listening, takes a free
// one.
struct Endpoint {
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;

    // Reads "HOST:PORT" or "[::1]:PORT"; ":PORT" means every address of the machine (0.0.0.0). Errors:
    // invalid_argument, with what is wrong.
    static Result<Endpoint> parse(const std::string& text);
    std::string text() const;
    bool is_loopback() const;
};

}  // namespace weir::runtime
