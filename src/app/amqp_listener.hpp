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
    // Null if the configuration wants none. The references must outlive it; a broker that is empty gets what
    // clients count on.
    static Result<std::unique_ptr<AmqpListener>> open_if_wanted(const Config& config,
                                                                runtime::ReactorPool& pool,
                                                                broker::Broker& broker,
                                                                broker::LiveConnections& connections);

    AmqpListener(broker::Broker& broker, broker::LiveConnections& connections);
    runtime::Endpoint endpoint() const { return listener_->endpoint(); }
    void stop() { listener_->stop(); }

  private:
    amqp::Settings settings_;
    amqp::BrokerGate gate_;
    amqp::Environment environment_;
    std::unique_ptr<runtime::Listener> listener_;
};

}  // namespace weir::app
