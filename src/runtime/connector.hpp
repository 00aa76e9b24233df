// Outgoing connections: an address is looked up and connected to, within a time limit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.hpp"
#include "runtime/connection.hpp"
#include "runtime/reactor.hpp"
#include "runtime/tls_context.hpp"

namespace weir::runtime {

struct ConnectOptions {
    Endpoint endpoint;
    std::int64_t timeout_ms = 10'000;  // for looking up, connecting and the TLS handshake together
    std::shared_ptr<TlsContext> tls;   // none: a plain connection
};

// An attempt under way; destroying it on its reactor's thread gives it up, and nothing is called any more.
// What is connected lives on without it.
class Connecting {
  public:
    virtual ~Connecting() = default;
};

// Tries each address of the endpoint's host in turn. Later, on `reactor`, either `connected` makes the
// session, or `failed` is told why not: timed_out, not_found (no such host), unavailable (at all its
// addresses the machine answers that nobody listens there), io_error, not_authorized (TLS: no handshake). TLS
// demands a certificate from the context's authority, not one of the host's name: whom it names is for the
// session to judge. Only on the reactor's thread.
[[nodiscard]] std::unique_ptr<Connecting> connect(ConnectOptions options, Reactor& reactor,
                                                  SessionFactory connected,
                                                  std::function<void(Error)> failed);

}  // namespace weir::runtime
