// What ends with a door that is closed while the process lives.
#pragma once

#include "broker/queues.hpp"

namespace weir::amqp {

// Removes this node's queues that are not durable, also from their logs, and such exchanges if the node is
// the only one. Waits for it. Once no client is connected any more.
Result<void> drop_transients(broker::Queues& queues, NodeId node);

}  // namespace weir::amqp
