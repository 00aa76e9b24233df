// SaslHandshake: the mechanism a client wants to log in with. Never flexible.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api sasl_handshake_api{.key = 17, .name = "SaslHandshake", .versions = between(0, 1)};

struct SaslHandshakeRequest {
    static constexpr const Api& api = sasl_handshake_api;

    std::string_view mechanism;

    static void fields(auto& m, auto&& v) { v.field(m.mechanism, {.name = "mechanism"}); }
};

struct SaslHandshakeResponse {
    static constexpr const Api& api = sasl_handshake_api;

    ErrorCode error_code = ErrorCode::none;
    std::vector<std::string> mechanisms;  // those the broker has

    static void fields(auto& m, auto&& v) {
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.mechanisms, {.name = "mechanisms"});
    }
};

}  // namespace weir::kafka
