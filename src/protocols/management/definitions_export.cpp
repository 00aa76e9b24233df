// Writing: what others than RabbitMQ itself would have made anew is left out.
#include "protocols/management/definitions.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/parameters.hpp"

namespace weir::management {

namespace {

struct Sections {
    Json parameters = Json::array(), policies = Json::array(), queues = Json::array();
    Json exchanges = Json::array(), bindings = Json::array();
};

bool goes_with_its_connection(const topology::HostState& host, const topology::Binding& binding) {
    if (binding.kind != topology::DestinationKind::queue) return false;
    const auto* queue = host.queues.find(binding.destination);
    return queue != nullptr && queue->is_exclusive();
}

void add(const topology::Topology& topology, const topology::HostState& host, Sections& out) {
    for (auto& parameter : parameters_of(topology, {&host})) out.parameters.push_back(std::move(parameter));
    host.policies.for_each([&](const topology::PolicyPtr& policy) {
        if (!policy->is_operator) out.policies.push_back(policy_json(*policy));
    });
    host.queues.for_each([&](const topology::QueuePtr& queue) {
        if (queue->is_exclusive()) return;
        auto json = queue_json(*queue);
        json.erase("exclusive");
        out.queues.push_back(std::move(json));
    });
    host.exchanges.for_each([&](const topology::ExchangePtr& exchange) {
        if (!exchange->name.starts_with("amq.")) out.exchanges.push_back(exchange_json(*exchange));
    });
    host.by_source.for_each([&](const topology::BindingPtr& binding) {
        if (binding->kind != topology::DestinationKind::topic && !goes_with_its_connection(host, *binding))
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
    Sections sections;
    if (only_host == nullptr) {
        topology.hosts().for_each([&](const auto& host) { add(topology, *host, sections); });
        auto out = file_of(services, std::move(sections));
        add_accounts(topology, out);
        out["global_parameters"] = global_parameters(services, topology);
        return out;
    }
    add(topology, *only_host, sections);
    for (auto* section : {&sections.parameters, &sections.policies, &sections.queues, &sections.exchanges,
                          &sections.bindings}) {
        for (auto& item : *section) item.erase("vhost");
    }
    return file_of(services, std::move(sections));
}

}  // namespace weir::management
