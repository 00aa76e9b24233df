// The partitions of a request that are not a topic's but what a queue keeps: read from the queue's log, where
// this node leads it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "broker/queue/queue_request.hpp"
#include "broker/queue_views.hpp"
#include "runtime/reactor.hpp"

namespace weir::broker {
class Broker;
}

namespace weir::kafka {

struct QueuePartition {
    broker::QueueView view;
    PartitionId partition;
};

// What was read: offsets are the messages' numbers.
struct QueueAnswer {
    Offset first, end;
    std::int64_t timestamp_ms = -1;  // of the first record
    Offset from;                     // its offset, or of what is waited for
    Bytes batch;                     // empty: no record
};

// By topic and partition.
class QueueAnswers {
  public:
    void put(const QueuePartition& partition, Result<QueueAnswer> answer) {
        answers_.insert_or_assign({partition.view.topic, partition.partition}, std::move(answer));
    }
    // Null: it is no queue's.
    const Result<QueueAnswer>* find(std::string_view topic, PartitionId partition) const {
        const auto at = answers_.find({std::string{topic}, partition});
        return at == answers_.end() ? nullptr : &at->second;
    }
    bool empty() const { return answers_.empty(); }

  private:
    std::map<std::pair<std::string, PartitionId>, Result<QueueAnswer>> answers_;
};

// Nothing: the name is no queue's, or this node serves none.
std::optional<broker::QueueView> find_queue(broker::Broker& broker, std::string_view topic);

// `done` comes on the reactor. Errors: not_found (no such partition, or it is gone), not_leader (another node
// leads the queue's log), those of reading.
void read_queue(broker::Broker& broker, runtime::Reactor& reactor, const QueuePartition& partition,
                queue::ReadRequest request, std::function<void(Result<QueueAnswer>)> done);

struct QueueRead {
    QueuePartition partition;
    queue::ReadRequest request;
};
// All of them; `done` comes on the reactor, at once if there are none.
void read_queues(broker::Broker& broker, runtime::Reactor& reactor, const std::vector<QueueRead>& reads,
                 std::function<void(QueueAnswers)> done);

}  // namespace weir::kafka
