// UnregisterBroker: takes a node out of the cluster for good.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api unregister_broker_api{
    .key = 64, .name = "UnregisterBroker", .versions = between(0, 0), .flexible = always};

struct UnregisterBrokerRequest {
    static constexpr const Api& api = unregister_broker_api;

    NodeId broker_id;

    static void fields(auto& m, auto&& v) { v.field(m.broker_id, {.name = "broker_id"}); }
};

struct UnregisterBrokerResponse {
    static constexpr const Api& api = unregister_broker_api;

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::optional<std::string> error_message;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.error_message, {.name = "error_message", .nullable = always});
    }
};

}  // namespace weir::kafka
