// InitProducerId: the number under which an idempotent or transactional producer writes.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api init_producer_id_api{
    .key = 22, .name = "InitProducerId", .versions = between(0, 4), .flexible = since(2)};

struct InitProducerIdRequest {
    static constexpr const Api& api = init_producer_id_api;

    std::optional<std::string_view> transactional_id;  // null: idempotent only
    std::int32_t transaction_timeout_ms = 0;
    ProducerId producer_id = no_producer;  // the one it has, to have its epoch raised (KIP-360)
    ProducerEpoch producer_epoch{-1};

    static void fields(auto& m, auto&& v) {
        v.field(m.transactional_id, {.name = "transactional_id", .nullable = always});
        v.field(m.transaction_timeout_ms, {.name = "transaction_timeout_ms"});
        v.field(m.producer_id, {.name = "producer_id", .in = since(3)});
        v.field(m.producer_epoch, {.name = "producer_epoch", .in = since(3)});
    }
};

struct InitProducerIdResponse {
    static constexpr const Api& api = init_producer_id_api;

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    ProducerId producer_id = no_producer;
    ProducerEpoch producer_epoch;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.producer_id, {.name = "producer_id"});
        v.field(m.producer_epoch, {.name = "producer_epoch"});
    }
};

}  // namespace weir::kafka
