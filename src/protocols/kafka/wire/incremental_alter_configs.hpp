// IncrementalAlterConfigs: changes single settings of a topic or node.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api incremental_alter_configs_api{
    .key = 44, .name = "IncrementalAlterConfigs", .versions = between(0, 1), .flexible = since(1)};

enum class ConfigOperation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

struct IncrementalAlterConfigsRequest {
    static constexpr const Api& api = incremental_alter_configs_api;

    struct Config {
        std::string_view name;
        ConfigOperation config_operation = ConfigOperation::set;  // may be any number a client sends
        std::optional<std::string_view> value;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.config_operation, {.name = "config_operation"});
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

struct IncrementalAlterConfigsResponse {
    static constexpr const Api& api = incremental_alter_configs_api;

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
