// Listening sockets: accepted connections are spread over the reactors in turn.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "runtime/connection.hpp"
#include "runtime/reactor.hpp"
#include "runtime/tls_context.hpp"

namespace weir::runtime {

struct ListenerOptions {
    Endpoint endpoint;
    std::size_t max_connections = 10000;  // more are closed as they come, with a log line now and then
    std::shared_ptr<TlsContext> tls;      // none: plain connections
    std::int64_t handshake_timeout_ms = 10'000;
    std::size_t max_handshakes = 256;  // under way at once; more are closed as they come
};

class Listener {
  public:
    virtual ~Listener() = default;  // as stop()

    // Listens on the endpoint's first address. Errors: invalid_argument (no such host, TLS without a
    // certificate), io_error (the port is taken, ...). The pool must outlive the listener.
    static Result<std::unique_ptr<Listener>> open(ListenerOptions options, ReactorPool& pool,
                                                  SessionFactory factory);

    virtual Endpoint endpoint() const = 0;  // with the port really taken
    virtual std::size_t connections() const = 0;
    // Accepts no more. Connections that are open go on.
    virtual void stop() = 0;
};

}  // namespace weir::runtime
