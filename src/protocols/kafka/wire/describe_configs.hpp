// DescribeConfigs: the settings of topics and nodes, and where each comes from.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api describe_configs_api{
    .key = 32, .name = "DescribeConfigs", .versions = between(1, 4), .flexible = since(4)};

// What kind of thing a config resource is, here and in AlterConfigs.
inline constexpr std::int8_t topic_resource = 2;
inline constexpr std::int8_t broker_resource = 4;
inline constexpr std::int8_t broker_logger_resource = 8;

// Where a setting comes from.
inline constexpr std::int8_t topic_config_source = 1;
inline constexpr std::int8_t dynamic_broker_config_source = 2;
inline constexpr std::int8_t dynamic_default_broker_config_source = 3;
inline constexpr std::int8_t static_broker_config_source = 4;
inline constexpr std::int8_t default_config_source = 5;

// The type of a setting's value (v3 and up).
enum class ConfigType : std::int8_t {
    unknown = 0,
    boolean = 1,
    string = 2,
    integer = 3,
    short_integer = 4,
    long_integer = 5,
    floating = 6,
    list = 7,
    class_name = 8,
    password = 9,
};

struct DescribeConfigsRequest {
    static constexpr const Api& api = describe_configs_api;

    struct Resource {
        std::int8_t resource_type = 0;
        std::string_view resource_name;
        std::optional<std::vector<std::string_view>> configuration_keys;  // null: all

        static void fields(auto& m, auto&& v) {
            v.field(m.resource_type, {.name = "resource_type"});
            v.field(m.resource_name, {.name = "resource_name"});
            v.field(m.configuration_keys, {.name = "configuration_keys", .nullable = always});
        }
    };

    std::vector<Resource> resources;
    bool include_synonyms = false;
    bool include_documentation = false;

    static void fields(auto& m, auto&& v) {
        v.field(m.resources, {.name = "resources"});
        v.field(m.include_synonyms, {.name = "include_synonyms"});
        v.field(m.include_documentation, {.name = "include_documentation", .in = since(3)});
    }
};

struct DescribeConfigsResponse {
    static constexpr const Api& api = describe_configs_api;

    struct Synonym {
        std::string name;
        std::optional<std::string> value;
        std::int8_t source = 0;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.value, {.name = "value", .nullable = always});
            v.field(m.source, {.name = "source"});
        }
    };
    struct Config {
        std::string name;
        std::optional<std::string> value;  // null also if sensitive
        bool read_only = false;
        std::int8_t config_source = -1;
        bool is_sensitive = false;
        std::vector<Synonym> synonyms;  // from the one in force to the default
        ConfigType config_type = ConfigType::unknown;
        std::optional<std::string> documentation;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.value, {.name = "value", .nullable = always});
            v.field(m.read_only, {.name = "read_only"});
            v.field(m.config_source, {.name = "config_source"});
            v.field(m.is_sensitive, {.name = "is_sensitive"});
            v.field(m.synonyms, {.name = "synonyms"});
            v.field(m.config_type, {.name = "config_type", .in = since(3)});
            v.field(m.documentation, {.name = "documentation", .in = since(3), .nullable = since(3)});
        }
    };
    struct Result {
        ErrorCode error_code = ErrorCode::none;
        std::optional<std::string> error_message;
        std::int8_t resource_type = 0;
        std::string resource_name;
        std::vector<Config> configs;

        static void fields(auto& m, auto&& v) {
            v.field(m.error_code, {.name = "error_code"});
            v.field(m.error_message, {.name = "error_message", .nullable = always});
            v.field(m.resource_type, {.name = "resource_type"});
            v.field(m.resource_name, {.name = "resource_name"});
            v.field(m.configs, {.name = "configs"});
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<Result> results;

    static void fields(auto& m, auto&& v) {
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms"});
        v.field(m.results, {.name = "results"});
    }
};

}  // namespace weir::kafka
