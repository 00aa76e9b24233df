// Where replicas go: spread over racks, and evenly over nodes.
#pragma once

#include <string_view>
#include <vector>

#include "metadata/catalogue.hpp"

namespace weir::metadata {

// How a topic is kept, by the name of its setting weir.mode (docs/operating/modes.md).
enum class Mode {
    single,    // all partitions on one node
    plain,     // one replica of each partition, the partitions spread
    mirrored,  // several replicas of each, on different nodes
};
std::optional<Mode> mode_by_name(std::string_view name);

// Chooses nodes for one partition after another, of those that are usable: the one with the fewest leaders to
// lead; for each further replica a rack that the partition does not have yet, then the node with the fewest
// replicas, then the one that has come second to this leader the least often, so that the others share a lost
// node's leaderships. The topic's own count first, then the cluster's; ties go round from a start that the
// seed gives. The same for the same catalogue, topic and seed.
class Placer {
  public:
    // `topic` is the one that grows; nullptr: a new one.
    Placer(const Catalogue& catalogue, const Topic* topic, std::uint64_t seed);

    std::size_t node_count() const { return places_.size(); }
    // `factor` nodes, the leader first; no more than node_count().
    NodeList next(std::size_t factor);
    // `count` partitions; all on the same nodes if `is_together`.
    std::vector<NodeList> next(std::size_t count, std::size_t factor, bool is_together = false);
    // A node to hold one more replica of a partition that stays on `others`; none: there is none.
    std::optional<NodeId> one_more(const NodeList& others);

  private:
    struct Place {
        const Node* node;
        std::size_t turn;                                       // in which ties are given
        std::size_t leaders = 0, replicas = 0;                  // of the topic
        std::size_t cluster_leaders = 0, cluster_replicas = 0;  // of all
    };
    Place* best_leader();
    Place* best_follower(const NodeList& others);
    std::size_t rack_uses(const Place& place, const NodeList& others) const;
    void count_topic(const Topic& topic);
    Place* find(NodeId node);

    const NodeMap* nodes_;
    std::vector<Place> places_;
    std::map<std::pair<NodeId, NodeId>, std::size_t> seconds_;  // how often one came second to another
};

}  // namespace weir::metadata
