// The logs of this node's replicas, and the data path's view of the topics, kept in step with the catalogue.
#pragma once

#include <set>

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
    // have none any more, once the catalogue is up to date. What comes before and after; `before` is null for
    // a topic whose last put failed, so that it is followed anew. After an error (the log store's; an old log
    // of the partition may still be going) some have no log: put it again.
    struct Put {
        std::shared_ptr<const Topic> before, now;
        Result<void> outcome;
        // Logs of partitions that are led otherwise than before, or are gone: who waits for them looks again.
        std::vector<std::shared_ptr<log::PartitionLog>> changed;
    };
    Put put(const metadata::TopicPtr& info, const metadata::Catalogue& catalogue);
    // A topic that was deleted. Its logs, which nobody finds any more.
    std::vector<std::shared_ptr<log::PartitionLog>> remove(const metadata::Topic& info);
    // The catalogue has all that was decided before this start: logs of partitions that have no replica here
    // go, and the replicas take their roles, now and from now on. What came before was history: a replica
    // that it takes away may have come back since, and one that it lets lead alone may have been deposed.
    // Errors: the log store's first one, after all has been tried; topics may have failed.
    Result<void> remove_orphans(const metadata::Catalogue& catalogue);
    // Topics whose last put failed.
    const std::set<Uuid>& failed() const { return failed_; }

  private:
    std::shared_ptr<Partition> partition_now(std::shared_ptr<Partition> before, PartitionId id,
                                             const metadata::Topic& info) const;
    Result<void> keep_log(const metadata::Topic& info, Partition& partition, const log::LogConfig& config);
    bool may_lead(const Partition& partition) const;
    void limit_readers(log::PartitionLog& log) const;
    Result<void> note_all_open();
    void follow_replicas(const Topic* before, const Topic& now, const metadata::Catalogue& catalogue);

    const NodeId node_;
    log::LogStore& store_;
    TopicTable& topics_;
    Replicas* const replicas_;
    bool is_up_to_date_ = false;
    std::set<Uuid> failed_;
};

}  // namespace weir::broker
