// ApiVersions: which APIs and versions the broker speaks. The first thing a client asks, before it logs in.
#pragma once

#include "protocols/kafka/wire/error_code.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

inline constexpr Api api_versions_api{
    .key = 18, .name = "ApiVersions", .versions = between(0, 4), .flexible = since(3)};

struct ApiVersionsRequest {
    static constexpr const Api& api = api_versions_api;

    std::string_view client_software_name;
    std::string_view client_software_version;

    static void fields(auto& m, auto&& v) {
        v.field(m.client_software_name, {.name = "client_software_name", .in = since(3)});
        v.field(m.client_software_version, {.name = "client_software_version", .in = since(3)});
    }
};

// A request of a version that weir lacks is answered in version 0 with unsupported_version (KIP-511). A
// supported feature whose min_version is 0 may go out only in version 4 and up: older clients fail on it.
struct ApiVersionsResponse {
    static constexpr const Api& api = api_versions_api;

    struct ApiKey {
        std::int16_t api_key = 0;
        std::int16_t min_version = 0;
        std::int16_t max_version = 0;

        static void fields(auto& m, auto&& v) {
            v.field(m.api_key, {.name = "api_key"});
            v.field(m.min_version, {.name = "min_version"});
            v.field(m.max_version, {.name = "max_version"});
        }
    };
    struct SupportedFeature {
        std::string name;
        std::int16_t min_version = 0;
        std::int16_t max_version = 0;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.min_version, {.name = "min_version"});
            v.field(m.max_version, {.name = "max_version"});
        }
    };
    struct FinalizedFeature {
        std::string name;
        std::int16_t max_version_level = 0;
        std::int16_t min_version_level = 0;

        static void fields(auto& m, auto&& v) {
            v.field(m.name, {.name = "name"});
            v.field(m.max_version_level, {.name = "max_version_level"});
            v.field(m.min_version_level, {.name = "min_version_level"});
        }
    };

    ErrorCode error_code = ErrorCode::none;
    std::vector<ApiKey> api_keys;
    std::int32_t throttle_time_ms = 0;
    std::vector<SupportedFeature> supported_features;
    std::int64_t finalized_features_epoch = -1;  // -1: unknown
    std::vector<FinalizedFeature> finalized_features;
    bool zk_migration_ready = false;

    static void fields(auto& m, auto&& v) {
        v.field(m.error_code, {.name = "error_code"});
        v.field(m.api_keys, {.name = "api_keys"});
        v.field(m.throttle_time_ms, {.name = "throttle_time_ms", .in = since(1)});
        v.field(m.supported_features, {.name = "supported_features", .in = since(3), .tag = 0});
        v.field(m.finalized_features_epoch,
                {.name = "finalized_features_epoch", .in = since(3), .tag = 1, .unset = -1});
        v.field(m.finalized_features, {.name = "finalized_features", .in = since(3), .tag = 2});
        v.field(m.zk_migration_ready, {.name = "zk_migration_ready", .in = since(3), .tag = 3});
    }
};

}  // namespace weir::kafka
