// AlterConfigs: replaces all settings of a topic or node.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api alter_configs_api{
    .key = 33, .name = "AlterConfigs", .versions = between(0, 2), .flexible = since(2)};

struct AlterConfigsRequest {
    static constexpr const Api& api = alter_configs_api;

    struct Config {
        std::string_view name;
        std::optional<std::string_view> value;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.value, {.name = "value", .nullable = always});
        }
    };
    struct Resource {
        std::int8_t resource_type = 0;
        std::string_view resource_name;
        std::vector<Config> configs;

        static void fields(auto& m, auto&& v) {
            v.field(m.resource_type, {.name = "resource_type"});
            v.field(m.resource_name, {.name = "resource_name"});
            v.field(m.configs, {.name = "configs"});
        }
    };

    std::vector<Resource> resources;
    bool validate_only = false;

    static void fields(auto& m, auto&& v) {
        v.field(m.resources, {.name = "resources"});
        v.field(m.validate_only, {.name = "validate_only"});
    }
};

struct AlterConfigsResponse {
    static constexpr const Api& api = alter_configs_api;

    struct Resource {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::int8_t resource_type = 0;
        std::string resource_name;

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .nullable = always});
            v.field(m.resource_type, {.name = "resource_type"});
            v.field(m.resource_name, {.name = "resource_name"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Resource> responses;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.responses, {.name = "responses"});
    }
};

}  // namespace weir::kafka
