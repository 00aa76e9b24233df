// Writing: what others than RabbitMQ itself would have made anew is left out.
#include "protocols/management/definitions.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/parameters.hpp"
#include "protocols/management/streams.hpp"

namespace weir::management {

namespace {

struct Sections {
    Json parameters = Json::array(), policies = Json::array(), queues = Json::array();
    Json exchanges = Json::array(), bindings = Json::array();
};

Json declaration(Json queue) {
    queue.erase("exclusive");
    return queue;
}

bool goes_with_its_connection(const topology::HostState& host, const topology::Binding& binding) {
    if (binding.kind != topology::DestinationKind::queue) return false;
    const auto* queue = host.queues.find(binding.destination);
    return queue != nullptr && queue->is_exclusive();
}

// By their topics' names; those that an import makes again: what is declared as a stream has one partition.
using Streams = std::map<std::string, Stream>;

Streams exported_streams(const Services& services, const std::vector<const topology::HostState*>& hosts) {
    Streams out;
    for (auto& stream : visible_streams(services, hosts)) {
        if (stream.topic->partitions.size() == 1) out.emplace(stream.topic->name(), std::move(stream));
    }
    return out;
}

void add(const topology::Topology& topology, const topology::HostState& host, const Streams& streams,
         Sections& out) {
    for (auto& parameter : parameters_of(topology, {&host})) out.parameters.push_back(std::move(parameter));
    host.policies.for_each([&](const topology::PolicyPtr& policy) {
        if (!policy->is_operator) out.policies.push_back(policy_json(*policy));
    });
    host.queues.for_each([&](const topology::QueuePtr& queue) {
        if (queue->is_exclusive()) return;
        out.queues.push_back(declaration(queue_json(*queue)));
    });
    host.exchanges.for_each([&](const topology::ExchangePtr& exchange) {
        if (!exchange->name.starts_with("amq.")) out.exchanges.push_back(exchange_json(*exchange));
    });
    host.by_source.for_each([&](const topology::BindingPtr& binding) {
        const bool has_end =
            binding->kind != topology::DestinationKind::topic || streams.contains(binding->destination);
        if (has_end && !goes_with_its_connection(host, *binding))
            out.bindings.push_back(binding_json(*binding));
    });
}

void add_accounts(const topology::Topology& topology, Json& out) {
    for (const auto* name : {"vhosts", "users", "permissions", "topic_permissions"})
        out[name] = Json::array();
    topology.hosts().for_each([&](const auto& host) { out["vhosts"].push_back(host_json(*host->host)); });
    topology.users().for_each(
        [&](const topology::UserPtr& user) { out["users"].push_back(user_json(*user)); });
    topology.all_permissions().for_each(
        [&](const topology::PermissionsPtr& at) { out["permissions"].push_back(permissions_json(*at)); });
    topology.all_topic_permissions().for_each([&](const topology::TopicPermissionsPtr& at) {
        out["topic_permissions"].push_back(topic_permissions_json(*at));
    });
}

Json file_of(const Services& services, Sections sections) {
    return {{"rabbit_version", services.version},
            {"rabbitmq_version", services.version},
            {"product_name", services.product},
            {"product_version", services.version},
            {"parameters", std::move(sections.parameters)},
            {"policies", std::move(sections.policies)},
            {"queues", std::move(sections.queues)},
            {"exchanges", std::move(sections.exchanges)},
            {"bindings", std::move(sections.bindings)}};
}

}  // namespace

Json export_definitions(const Services& services, const topology::Topology& topology,
                        const topology::HostState* only_host) {
    std::vector<const topology::HostState*> hosts;
    if (only_host != nullptr)
        hosts.push_back(only_host);
    else
        topology.hosts().for_each([&](const auto& host) { hosts.push_back(host.get()); });
    Sections sections;
    const auto streams = exported_streams(services, hosts);
    for (const auto* host : hosts) add(topology, *host, streams, sections);
    for (const auto& [topic, stream] : streams) sections.queues.push_back(declaration(stream_json(stream)));
    if (only_host == nullptr) {
        auto out = file_of(services, std::move(sections));
        add_accounts(topology, out);
        out["global_parameters"] = global_parameters(services, topology);
        return out;
    }
    for (auto* section : {&sections.parameters, &sections.policies, &sections.queues, &sections.exchanges,
                          &sections.bindings}) {
        for (auto& item : *section) item.erase("vhost");
    }
    return file_of(services, std::move(sections));
}

}  // namespace weir::management
