// Appends messages of a door to topics: what comes in one turn of a reactor for one partition makes a batch.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "broker/broker.hpp"
#include "broker/message/record.hpp"

namespace weir::broker {

// Of one connection, on one reactor. Messages that were added are appended, and answered, also if the writer
// goes.
class TopicWriter {
  public:
    TopicWriter(Broker& broker, runtime::Reactor& reactor);
    ~TopicWriter();

    // `done` comes on the reactor once all in-sync replicas have the record, as a producer's acks=all. Into
    // the partition that its key gives, or if it has none into one of those that this node leads, and if it
    // leads none into any. Errors: as of TopicAccess::append().
    using Done = std::function<void(Result<void>)>;
    void add(const std::shared_ptr<const Topic>& topic, const message::Record& record, Done done);

  private:
    class Batch;
    using Place = std::pair<Uuid, PartitionId>;

    static std::shared_ptr<Partition> partition_for(const Topic& topic, const message::Record& record,
                                                    std::size_t turn);
    void flush();

    Broker& broker_;
    runtime::Reactor& reactor_;
    const std::shared_ptr<TopicWriter*> self_;  // null once it is gone
    std::map<Place, std::shared_ptr<Batch>> batches_;
    std::size_t turn_ = 0;
    bool flush_queued_ = false;
};

}  // namespace weir::broker
