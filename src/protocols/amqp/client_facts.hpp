// What a client says of itself in connection.start-ok.
#pragma once

#include <string>

#include "protocols/amqp/wire/connection_methods.hpp"

namespace weir::amqp {

// The extensions that a client declares to understand.
struct ClientCapabilities {
    bool authentication_failure_close = false;
    bool connection_blocked = false;
    bool consumer_cancel_notify = false;
};

class ClientFacts {
  public:
    ClientFacts() = default;
    explicit ClientFacts(const ConnectionStartOk& start_ok);

    const ClientCapabilities& capabilities() const { return capabilities_; }
    const std::string& mechanism() const { return mechanism_; }
    Table properties() const { return Table(properties_); }
    // What the client calls this connection; empty if it does not.
    std::string_view connection_name() const;

  private:
    Bytes properties_;
    std::string mechanism_;
    ClientCapabilities capabilities_;
};

}  // namespace weir::amqp
