// ListConfigResources: what has settings (KIP-1142); as version 0: which client metrics do (KIP-714).
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api list_config_resources_api{
    .key = 74, .name = "ListConfigResources", .versions = between(0, 1), .flexible = always};

inline constexpr std::int8_t client_metrics_resource = 16;

struct ListConfigResourcesRequest {
    static constexpr const Api& api = list_config_resources_api;

    std::vector<std::int8_t> resource_types;  // none: all

    static void fields(auto& m, auto&& v) {
        v.field(m.resource_types, {.name = "resource_types", .in = since(1)});
    }
};

struct ListConfigResourcesResponse {
    static constexpr const Api& api = list_config_resources_api;

    struct Resource {
        std::string resource_name;
        std::int8_t resource_type = client_metrics_resource;

        static void fields(auto& m, auto&& v) {
            v.field(m.resource_name, {.name = "resource_name"});
            v.field(m.resource_type, {.name = "resource_type", .in = since(1)});
        }
    };

    std::int32_t throttle_time_ms = 0;
    ErrorCode error_code = ErrorCode::none;
    std::vector<Resource> config_resources;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.config_resources, {.name = "config_resources"});
    }
};

}  // namespace weir::kafka
