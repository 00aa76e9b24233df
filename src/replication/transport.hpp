// How a node reaches another one: the seam between replication and the network.
#pragma once

#include <functional>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "log/partition_log.hpp"

namespace weir::replication {

// Used and called back on one thread, the owner's.
class Transport {
  public:
    using Answer = std::function<void(Result<log::SharedSpan>)>;
    virtual ~Transport() = default;

    // Sends an encoded replica fetch. `answer` is called exactly once, later, never from within: with the
    // reply, or timed_out, io_error, shutting_down. The transport gives up after `max_wait_ms` and its own
    // patience.
    virtual void fetch(NodeId node, Bytes request, std::int32_t max_wait_ms, Answer answer) = 0;
};

}  // namespace weir::replication
