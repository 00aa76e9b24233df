// Greedy choice by counts: even after every partition, so it may stop anywhere.
#include "metadata/placement.hpp"

#include "base/assert.hpp"

namespace weir::metadata {

std::optional<Mode> mode_by_name(std::string_view name) {
    if (name == "single") return Mode::single;
    if (name == "plain") return Mode::plain;
    if (name == "mirrored") return Mode::mirrored;
    return std::nullopt;
}

Placer::Placer(const Catalogue& catalogue, const Topic* topic, std::uint64_t seed)
    : nodes_(&catalogue.nodes()) {
    for (const auto& [id, node] : *nodes_) {
        if (!node.is_usable()) continue;
        const auto& held = catalogue.replicas_of(id);
        places_.push_back(
            {.node = &node, .turn = 0, .cluster_leaders = held.preferred, .cluster_replicas = held.replicas});
    }
    for (std::size_t i = 0; i < places_.size(); ++i) places_[i].turn = (i + seed) % places_.size();
    if (topic != nullptr) count_topic(*topic);
}

void Placer::count_topic(const Topic& topic) {
    for (const auto& partition : *topic.partitions) {
        if (auto* leader = find(partition.replicas.front())) ++leader->leaders;
        for (const auto node : partition.replicas) {
            if (auto* place = find(node)) ++place->replicas;
        }
    }
}

Placer::Place* Placer::find(NodeId node) {
    const auto at =
        std::ranges::lower_bound(places_, node, {}, [](const Place& place) { return place.node->id; });
    return at != places_.end() && at->node->id == node ? &*at : nullptr;
}

Placer::Place* Placer::best_leader() {
    const auto key = [](const Place& place) {
        return std::tuple{place.leaders, place.replicas, place.cluster_leaders, place.cluster_replicas,
                          place.turn};
    };
    const auto best = std::ranges::min_element(places_, {}, key);
    return best != places_.end() ? &*best : nullptr;
}

// How many of `others` are in the place's rack; a node without one is a rack of its own.
std::size_t Placer::rack_uses(const Place& place, const NodeList& others) const {
    if (place.node->rack.empty()) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(others, [&](NodeId other) {
        const auto at = nodes_->find(other);
        return at != nodes_->end() && at->second.rack == place.node->rack;
    }));
}

Placer::Place* Placer::best_follower(const NodeList& others) {
    using Key = std::tuple<std::size_t, std::size_t, std::size_t, std::size_t, std::size_t>;
    const auto times_second = [&](const Place& place) -> std::size_t {
        if (others.size() != 1) return 0;
        const auto at = seconds_.find({others.front(), place.node->id});
        return at != seconds_.end() ? at->second : 0;
    };
    Place* best = nullptr;
    Key best_key;
    for (auto& place : places_) {
        if (contains(others, place.node->id)) continue;
        const Key key{rack_uses(place, others), place.replicas, place.cluster_replicas, times_second(place),
                      place.turn};
        if (best != nullptr && key >= best_key) continue;
        best = &place;
        best_key = key;
    }
    return best;
}

NodeList Placer::next(std::size_t factor) {
    ASSERT(factor >= 1 && factor <= places_.size());
    NodeList out;
    auto* leader = best_leader();
    ++leader->leaders;
    ++leader->cluster_leaders;
    for (auto* place = leader; place != nullptr; place = out.size() < factor ? best_follower(out) : nullptr) {
        ++place->replicas;
        ++place->cluster_replicas;
        out.push_back(place->node->id);
    }
    if (factor > 1) ++seconds_[{out[0], out[1]}];
    return out;
}

std::vector<NodeList> Placer::next(std::size_t count, std::size_t factor, bool is_together) {
    if (is_together) return std::vector<NodeList>(count, next(factor));
    std::vector<NodeList> out;
    out.reserve(count);
    while (out.size() < count) out.push_back(next(factor));
    return out;
}

std::optional<NodeId> Placer::one_more(const NodeList& others) {
    auto* place = best_follower(others);
    if (place == nullptr) return std::nullopt;
    ++place->replicas;
    ++place->cluster_replicas;
    return place->node->id;
}

}  // namespace weir::metadata
