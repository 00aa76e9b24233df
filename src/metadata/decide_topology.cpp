// What the topology can't know by itself: which topics there are.
#include "metadata/topology_requests.hpp"

namespace weir::metadata {

Result<void> check_topics(const Catalogue& catalogue, const topology::Bind& request) {
    const auto& binding = request.binding;
    if (binding.kind != topology::DestinationKind::topic || catalogue.find(binding.destination) != nullptr)
        return {};
    return Error{Errc::not_found,
                 fmt::format("there is no topic '{}'", binding.destination.substr(0, max_topic_name_bytes))};
}

}  // namespace weir::metadata
