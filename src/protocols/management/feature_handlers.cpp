// What RabbitMQ's tools look for before they use it, by the names that RabbitMQ has for it: it is all there,
// and always on.
#include <algorithm>

#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"

namespace weir::management {

namespace {

struct Feature {
    const char* name;
    const char* description;
};

constexpr Feature features[] = {
    {"implicit_default_bindings", "The default exchange's bindings are not kept, but known"},
    {"quorum_queue", "Queues of the type quorum"},
    {"stream_queue", "Queues of the type stream"},
    {"user_limits", "Limits of a user's connections and channels"},
    {"virtual_host_metadata", "Descriptions and tags of virtual hosts"},
};

Json feature_json(const Feature& feature) {
    return {{"name", feature.name},  {"desc", feature.description}, {"state", "enabled"},
            {"stability", "stable"}, {"provided_by", "weir"},       {"doc_url", ""}};
}

}  // namespace

Result<Answer> list_feature_flags(const Call& call) {
    std::vector<Json> items;
    std::ranges::transform(features, std::back_inserter(items), feature_json);
    return listed(call, std::move(items));
}

Result<Answer> enable_feature_flag(const Call& call) {
    const auto& name = call.arguments[0];
    if (name == "all" || std::ranges::find(features, name, &Feature::name) != std::end(features))
        return no_content();
    return bad_request(fmt::format("unsupported feature flag '{}'", name));
}

}  // namespace weir::management
