// DescribeConfigs: a topic's or a node's settings with their sources.
#include <charconv>

#include "broker/broker.hpp"
#include "broker/queue_settings.hpp"
#include "broker/queue_views.hpp"
#include "protocols/kafka/config_entries.hpp"
#include "protocols/kafka/config_resource.hpp"
#include "protocols/kafka/gathered_reply.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

using Resource = DescribeConfigsRequest::Resource;
using Entries = std::vector<DescribeConfigsResponse::Config>;

bool is_wanted(const Resource& resource, std::string_view name) {
    const auto& keys = resource.configuration_keys;
    return !keys || std::ranges::find(*keys, name) != keys->end();
}

Entries entries(const Resource& resource, metadata::SettingScope scope,
                const metadata::SettingLayers& layers) {
    Entries out;
    for (const auto& setting : metadata::all_settings(scope)) {
        if (is_wanted(resource, setting.name))
            out.push_back(config_entry(metadata::effective_setting(setting, layers)));
    }
    return out;
}

// What is set for all nodes at run time, and nothing else: what Kafka's tools ask for with an empty name.
Entries default_entries(const Resource& resource, const metadata::Catalogue& catalogue) {
    const auto& overrides = catalogue.broker_overrides(std::nullopt);
    Entries out;
    for (auto& entry : entries(resource, metadata::SettingScope::broker, {.broker_default = &overrides})) {
        if (overrides.contains(entry.name)) out.push_back(std::move(entry));
    }
    return out;
}

// Of a queue that is a topic to read: how much of what is acknowledged it keeps, as it was declared.
Entries queue_entries(const Resource& resource, const metadata::Catalogue& catalogue,
                      const broker::QueueView& view) {
    const auto* queue = catalogue.topology().queue(broker::viewed_host, view.queue_name);
    if (queue == nullptr) return {};
    const auto config = broker::queue_config(topology::HostState{}, *queue);
    const metadata::Overrides kept{{"cleanup.policy", "delete"},
                                   {"retention.bytes", std::to_string(config.retention_bytes)},
                                   {"retention.ms", std::to_string(config.retention_ms)}};
    Entries out;
    for (auto& entry : entries(resource, metadata::SettingScope::topic, {.topic = &kept})) {
        if (!kept.contains(entry.name)) continue;
        entry.read_only = true;
        out.push_back(std::move(entry));
    }
    return out;
}

Result<Entries> describe(const Resource& resource, const metadata::Catalogue& catalogue) {
    if (resource.resource_type == topic_resource) {
        const auto* topic = catalogue.find(resource.resource_name);
        if (topic == nullptr) {
            if (const auto view = broker::find_view(catalogue, resource.resource_name))
                return queue_entries(resource, catalogue, *view);
            if (auto valid = metadata::check_topic_name(resource.resource_name); !valid) return valid.error();
            return Error{Errc::not_found, fmt::format("there is no topic '{}'", resource.resource_name)};
        }
        return entries(resource, metadata::SettingScope::topic, catalogue.layers(topic));
    }
    const auto node = parse_broker_resource(resource.resource_type, resource.resource_name);
    if (!node) return node.error();
    if (!*node) return default_entries(resource, catalogue);
    if (**node != catalogue.this_node())
        return Error{Errc::invalid_argument, "this node is not the one asked about"};
    return entries(resource, metadata::SettingScope::broker, catalogue.layers());
}

}  // namespace

void handle_describe_configs(DescribeConfigsCall call) {
    const auto catalogue = call.broker().controller().catalogue();
    DescribeConfigsResponse response;
    for (const auto& resource : call.request.resources) {
        auto& result = response.results.emplace_back();
        result.resource_type = resource.resource_type;
        result.resource_name = resource.resource_name;
        auto described = describe(resource, *catalogue);
        if (!described) {
            set_error(result, described.error());
            continue;
        }
        result.configs = std::move(*described);
        for (auto& config : result.configs) {
            if (!call.request.include_synonyms) config.synonyms.clear();
            if (!call.request.include_documentation) config.documentation.reset();
        }
    }
    call.reply(response);
}

}  // namespace weir::kafka
