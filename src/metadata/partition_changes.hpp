// Collects changes of many partitions as commands that fit into one entry of the log.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "metadata/election.hpp"

namespace weir::metadata {

// What one event's changes may come to in one entry; what is left over waits for the next.
inline constexpr std::size_t max_change_bytes = std::size_t{768} << 10;

class PartitionChanges {
  public:
    explicit PartitionChanges(const Catalogue& catalogue, std::size_t most_bytes = max_change_bytes)
        : catalogue_(&catalogue), most_bytes_(most_bytes) {}

    // Takes up what the rules make of `wanted`, and tells it; at most once for a partition. busy: there is no
    // room left. `damaged`: see ElectionRules.
    Result<Partition> add(const Topic& topic, PartitionId number, Partition wanted, NodeId damaged = no_node);
    // Each partition on these nodes, as the rules now have it.
    void settle(std::span<const NodeId> nodes);
    void settle(const Topic& topic);

    bool empty() const { return by_topic_.empty(); }
    bool is_full() const { return is_full_; }
    std::size_t count() const { return count_; }
    // One per topic.
    std::vector<Command> commands() &&;

  private:
    const Catalogue* catalogue_;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    std::size_t count_ = 0;
    bool is_full_ = false;
    std::map<Uuid, PartitionsChanged> by_topic_;
};

}  // namespace weir::metadata
