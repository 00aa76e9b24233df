// The door for AMQP clients: the listeners with what their connections share.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "app/config.hpp"
#include "app/resource_watch.hpp"
#include "broker/broker.hpp"
#include "protocols/amqp/gate.hpp"
#include "protocols/amqp/queue_door.hpp"
#include "protocols/management/door_control.hpp"
#include "runtime/listener.hpp"

namespace weir::app {

class AmqpListener final : public management::DoorControl {
  public:
    // Null if the configuration wants none. The references must outlive it; the broker must have prepared its
    // queues. Errors: those of the certificates' files and of the ports.
    static Result<std::unique_ptr<AmqpListener>> open_if_wanted(const Config& config,
                                                                runtime::ReactorPool& pool,
                                                                broker::Broker& broker,
                                                                runtime::FileSystem& files,
                                                                broker::LiveConnections& connections);

    AmqpListener(const Config& config, runtime::ReactorPool& pool, broker::Broker& broker,
                 broker::LiveConnections& connections);
    std::optional<runtime::Endpoint> endpoint() const { return plain_.endpoint; }
    std::optional<runtime::Endpoint> tls_endpoint() const { return tls_.endpoint; }
    // Tells the clients, and waits a moment for their answers. While the reactors run.
    void stop();

    bool is_open() const override { return is_open_; }
    access::LoginCounts& logins() override { return gate_.logins(); }
    Result<void> close() override;
    Result<void> open() override;
    Result<void> set_alarm(std::string_view resource, bool is_on) override;
    Result<void> set_limit(std::string_view name, std::int64_t value) override;

  private:
    struct Entrance {
        std::optional<runtime::Endpoint> endpoint;  // with the port really taken, once it was open
        std::shared_ptr<runtime::TlsContext> tls;
        std::unique_ptr<runtime::Listener> listener;  // null: closed
    };
    Result<void> start(const Config& config, runtime::FileSystem& files);
    Result<void> listen();
    Result<void> listen(Entrance& entrance);
    void end_connections();
    void take_back();

    const amqp::Settings settings_;
    const ResourceLimits limits_;
    const std::size_t max_connections_;
    runtime::ReactorPool& pool_;
    broker::Broker& broker_;
    amqp::Usage usage_;
    amqp::BrokerGate gate_;
    amqp::Environment environment_;
    std::optional<ResourceWatch> watch_;
    std::mutex mutex_;  // guards the entrances and who changes settings
    Entrance plain_;
    Entrance tls_;
    std::atomic<bool> is_open_{false};
};

}  // namespace weir::app
