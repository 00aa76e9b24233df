// The door for AMQP clients: the listener with what its connections share.
#pragma once

#include <memory>

#include "app/config.hpp"
#include "broker/broker.hpp"
#include "protocols/amqp/gate.hpp"
#include "runtime/listener.hpp"

namespace weir::app {

class AmqpListener {
  public:
    // Null if the configuration wants none. The references must outlive it; the broker, which must be usable,
    // gets what clients count on if it is empty. Waits for that.
    static Result<std::unique_ptr<AmqpListener>> open_if_wanted(const Config& config,
                                                                runtime::ReactorPool& pool,
                                                                broker::Broker& broker);

    explicit AmqpListener(broker::Broker& broker);
    runtime::Endpoint endpoint() const { return listener_->endpoint(); }
    void stop() { listener_->stop(); }

  private:
    amqp::Settings settings_;
    amqp::BrokerGate gate_;
    amqp::Environment environment_;
    std::unique_ptr<runtime::Listener> listener_;
};

}  // namespace weir::app
