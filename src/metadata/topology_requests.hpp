// The topology's and the accounts' requests as requests to the catalogue.
#pragma once

#include "metadata/requests.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::metadata {

// not_found: the binding's destination is a topic that is not there.
Result<void> check_topics(const Catalogue& catalogue, const topology::Bind& request);
template <class Request>
Result<void> check_topics(const Catalogue&, const Request&) {
    return {};
}

template <topology::IsRequest Request>
Result<Decision<typename Request::Reply>> decide(const Catalogue& catalogue, const Request& request) {
    if (auto there = check_topics(catalogue, request); !there) return there.error();
    auto decision = topology::decide(catalogue.topology(), request);
    if (!decision) return decision.error();
    Decision<typename Request::Reply> out{{}, std::move(decision->reply)};
    for (auto& command : decision->commands) out.commands.emplace_back(std::move(command));
    return out;
}

}  // namespace weir::metadata
