// Opens the door for AMQP clients.
#include "app/amqp_listener.hpp"

#include "base/random.hpp"
#include "protocols/amqp/queue_door.hpp"

namespace weir::app {

AmqpListener::AmqpListener(broker::Broker& broker)
    : gate_(broker.queues(), broker.clock(), system_random()),
      environment_{settings_, broker.clock(), gate_, [&broker](amqp::AmqpSession& session) {
                       return std::make_unique<amqp::QueueDoor>(session, broker);
                   }} {}

Result<std::unique_ptr<AmqpListener>> AmqpListener::open_if_wanted(const Config& config,
                                                                   runtime::ReactorPool& pool,
                                                                   broker::Broker& broker) {
    if (!config.amqp_listen) return std::unique_ptr<AmqpListener>{};
    if (auto prepared = broker.prepare_queues(); !prepared) return prepared.error();
    if (auto prepared = amqp::prepare(broker.queues(), system_random()); !prepared) return prepared.error();
    auto door = std::make_unique<AmqpListener>(broker);
    auto listener = runtime::Listener::open(
        {.endpoint = *config.amqp_listen,
         .max_connections = static_cast<std::size_t>(config.max_connections)},
        pool,
        [&environment = door->environment_](
            std::shared_ptr<runtime::Connection> connection) -> std::shared_ptr<runtime::Session> {
            auto session = std::make_shared<amqp::AmqpSession>(std::move(connection), environment);
            session->start();
            return session;
        });
    if (!listener) return listener.error();
    door->listener_ = std::move(*listener);
    return door;
}

}  // namespace weir::app
