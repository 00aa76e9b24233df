// The door for AMQP clients: the listeners with what their connections share.
#pragma once

#include <memory>
#include <optional>

#include "app/config.hpp"
#include "app/resource_watch.hpp"
#include "broker/broker.hpp"
#include "protocols/amqp/gate.hpp"
#include "protocols/amqp/queue_door.hpp"
#include "runtime/listener.hpp"

namespace weir::app {

class AmqpListener {
  public:
    // Null if the configuration wants none. The references must outlive it; the broker must have prepared its
    // queues. Errors: those of the certificates' files and of the ports.
    static Result<std::unique_ptr<AmqpListener>> open_if_wanted(const Config& config,
                                                                runtime::ReactorPool& pool,
                                                                broker::Broker& broker,
                                                                runtime::FileSystem& files,
                                                                broker::LiveConnections& connections);

    AmqpListener(const Config& config, broker::Broker& broker, broker::LiveConnections& connections);
    std::optional<runtime::Endpoint> endpoint() const { return endpoint_of(listener_); }
    std::optional<runtime::Endpoint> tls_endpoint() const { return endpoint_of(tls_listener_); }
    // Tells the clients, and waits a moment for their answers. While the reactors run.
    void stop();

  private:
    using ListenerPtr = std::unique_ptr<runtime::Listener>;
    static std::optional<runtime::Endpoint> endpoint_of(const ListenerPtr& listener);
    Result<void> open(const Config& config, runtime::ReactorPool& pool, runtime::FileSystem& files);
    Result<ListenerPtr> listen(const Config& config, const runtime::Endpoint& endpoint,
                               std::shared_ptr<runtime::TlsContext> tls, runtime::ReactorPool& pool);

    const amqp::Settings settings_;
    amqp::SharedByDoors shared_;
    amqp::BrokerGate gate_;
    amqp::Environment environment_;
    ListenerPtr listener_;
    ListenerPtr tls_listener_;
    std::optional<ResourceWatch> watch_;
};

}  // namespace weir::app
