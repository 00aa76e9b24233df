// The port at which a node takes calls and messages from the others.
#pragma once

#include <memory>

#include "base/time.hpp"
#include "rpc/local_node.hpp"
#include "rpc/request.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/reactor.hpp"

namespace weir::rpc {

struct ServerOptions {
    LocalNode node;
    runtime::Endpoint endpoint;
    std::size_t max_connections = 1000;
    std::size_t max_body_bytes = std::size_t{64} << 20;  // of a frame
    // Of one stream: more, and it is read no further.
    std::size_t max_outstanding_requests = 1024;
    std::size_t max_unsent_bytes = std::size_t{64} << 20;
    std::int64_t hello_timeout_ms = 10'000;  // for the TLS handshake and for the hello, each
    std::int64_t silence_limit_ms = 10'000;
};

class Server {
  public:
    virtual ~Server() = default;  // as stop()

    // Errors: those of check_local_node and Listener::open. What the arguments refer to must outlive the
    // pool's threads.
    static Result<std::unique_ptr<Server>> open(ServerOptions options, Methods methods,
                                                runtime::MemoryBudget& budget, runtime::ReactorPool& pool,
                                                Clock& clock);

    virtual runtime::Endpoint endpoint() const = 0;  // with the port really taken
    // Takes no more and ends the streams that are open, soon. Handlers may still be called until they have
    // ended.
    virtual void stop() = 0;
};

}  // namespace weir::rpc
