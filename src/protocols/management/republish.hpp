// Messages that are published anew by an operator: moved to another queue, or brought back from what a queue
// has kept.
#pragma once

#include "broker/queue/queue_request.hpp"
#include "protocols/management/call.hpp"

namespace weir::management {

// Where they are: the queue that the path names, which the user may read, and publish from.
struct Origin {
    const topology::HostState* host;
    const topology::Queue* queue;
};
// Errors: not_found, not_authorized, unavailable.
Result<Origin> origin_in(const Call& call);

// A message as it was published first, with what its deaths tell in headers.
struct Republished {
    std::string origin;  // the queue that it died in first; "": it did not
    queue::MessagePtr message;
};
Republished republished(const queue::StoredMessage& stored);
queue::EnqueueRequest enqueue_request(const queue::MessagePtr& message, QueueId target);

// Puts them into queues of one log; waits until they are durable. Whether each is there: false if its queue
// is full. Errors: those of the log, after which nobody knows.
Result<std::vector<bool>> enqueue_all(queue::QueuePlace& place, std::vector<queue::EnqueueRequest> requests);

// The queue of that name, which messages can be put into. Errors: invalid_argument.
Result<topology::QueuePtr> find_target(const topology::HostState& host, const std::string& name);

}  // namespace weir::management
