// Parameters: asked for, decided and kept.
#include "metadata/topology/format.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::topology {

Decided<SetParameter> decide(const Topology& topology, const SetParameter& request) {
    const auto& asked = request.parameter;
    const bool is_global = asked.component.empty() && asked.host.empty();
    if (asked.name.empty() || asked.name.size() > max_name_bytes || asked.component.size() > max_name_bytes ||
        asked.component.empty() != asked.host.empty()) {
        return Error{Errc::invalid_name,
                     fmt::format("a parameter has a name, and a component if it has a virtual host, of up to "
                                 "{} bytes",
                                 max_name_bytes)};
    }
    if (!is_global && topology.host(asked.host) == nullptr) {
        return Error{Errc::not_found,
                     fmt::format("there is no virtual host '{}'", asked.host.substr(0, max_name_bytes))};
    }
    if (auto good = check_table({{"", asked.value}}); !good) return good.error();
    const auto& there = topology.parameter(asked.component, asked.host, asked.name);
    if (there != nullptr && *there == asked) return Decision<SetParameter::Reply>{};
    if (there == nullptr && topology.parameters().size() >= max_parameters) {
        return Error{Errc::limit_exceeded,
                     fmt::format("there can be no more than {} parameters", max_parameters)};
    }
    return Decision<SetParameter::Reply>{{ParameterSet{asked}}, {there == nullptr}};
}

Decided<ClearParameter> decide(const Topology& topology, const ClearParameter& request) {
    if (topology.parameter(request.component, request.host, request.name) == nullptr)
        return Decision<ClearParameter::Reply>{};
    return Decision<ClearParameter::Reply>{{ParameterCleared{request.component, request.host, request.name}},
                                           {true}};
}

Result<void> Topology::on(const ParameterSet& command, Changes&) {
    const auto& parameter = command.parameter;
    if (parameter.name.empty() || parameter.component.empty() != parameter.host.empty() ||
        (!parameter.host.empty() && hosts_.find(parameter.host) == nullptr))
        return misfit("a parameter is set of nothing that is there: " + parameter.name);
    parameters_.put(std::make_shared<const Parameter>(parameter));
    return {};
}

Result<void> Topology::on(const ParameterCleared& command, Changes&) {
    if (parameter(command.component, command.host, command.name) == nullptr)
        return misfit("there is no parameter to clear: " + command.name);
    parameters_.erase({command.component, command.host, command.name});
    return {};
}

void Topology::clear_parameters_in(std::string_view host) {
    std::vector<ParameterPtr> gone;
    parameters_.for_each([&](const ParameterPtr& at) {
        if (at->host == host) gone.push_back(at);
    });
    for (const auto& at : gone) parameters_.erase(ByComponentHostAndName::key(*at));
}

}  // namespace weir::topology
