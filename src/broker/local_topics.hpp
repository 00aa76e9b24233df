// The logs of this node's replicas, and the data path's view of the topics, kept in step with the catalogue.
#pragma once

#include "broker/replicas.hpp"
#include "broker/topic_table.hpp"

namespace weir::broker {

// All calls are made by whoever follows the catalogue, one at a time; the table may be read meanwhile.
class LocalTopics {
  public:
    // `replicas`: null where this node is alone.
    LocalTopics(NodeId node, log::LogStore& store, TopicTable& topics, Replicas* replicas)
        : node_(node), store_(store), topics_(topics), replicas_(replicas) {}

    // Makes or renews a topic's view, opens the logs of partitions that have a replica here, drops those that
    // have none any more. What comes before and after; after an error (the log store's) some have no log.
    struct Put {
        std::shared_ptr<const Topic> before, now;
        Result<void> outcome;
    };
    Put put(const metadata::TopicPtr& info, const metadata::Catalogue& catalogue);
    // A topic that was deleted. Its logs, which nobody finds any more.
    std::vector<std::shared_ptr<log::PartitionLog>> remove(const metadata::Topic& info);
    // Logs of partitions that have no replica here: their removal had no time to end. Only with a catalogue
    // that has all that was decided before this start. Errors: the log store's.
    Result<void> remove_orphans(const metadata::Catalogue& catalogue);

  private:
    std::shared_ptr<Partition> partition_now(std::shared_ptr<Partition> before, PartitionId id,
                                             const metadata::Topic& info) const;
    Result<void> keep_log(const metadata::Topic& info, Partition& partition, const log::LogConfig& config);
    void follow_replicas(const Topic* before, const Topic& now, const metadata::Catalogue& catalogue);

    const NodeId node_;
    log::LogStore& store_;
    TopicTable& topics_;
    Replicas* const replicas_;
};

}  // namespace weir::broker
