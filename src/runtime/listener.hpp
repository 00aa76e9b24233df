// Listening sockets: accepted connections are spread over the reactors in turn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "runtime/connection.hpp"
#include "runtime/reactor.hpp"

namespace weir::runtime {

struct ListenerOptions {
    Endpoint endpoint;
    std::size_t max_connections = 10000;  // more are closed as they come, with a log line now and then
};

// Makes the session of a new connection, on that connection's reactor.
using SessionFactory = std::function<std::shared_ptr<Session>(std::shared_ptr<Connection>)>;

class Listener {
  public:
    virtual ~Listener() = default;  // as stop()

    // Listens on the endpoint's first address. Errors: invalid_argument (no such host), io_error (the port is
    // taken, ...). The pool must outlive the listener.
    static Result<std::unique_ptr<Listener>> open(ListenerOptions options, ReactorPool& pool,
                                                  SessionFactory factory);

    virtual Endpoint endpoint() const = 0;  // with the port really taken
    virtual std::size_t connections() const = 0;
    // Accepts no more. Connections that are open go on.
    virtual void stop() = 0;
};

}  // namespace weir::runtime
