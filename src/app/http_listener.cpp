// Opens the door for the management API.
#include "app/http_listener.hpp"

#include "protocols/amqp/settings.hpp"

namespace weir::app {

namespace {

constexpr std::size_t worker_threads = 4;
constexpr std::size_t max_waiting_requests = 256;
constexpr std::size_t max_http_connections = 1000;

management::Services services_of(const Config& config, broker::Broker& broker,
                                 broker::LiveConnections& connections, management::DoorControl* door) {
    const amqp::Settings amqp;  // clients look at the same words, whichever way they come
    return {.broker = broker,
            .connections = connections,
            .random = system_random(),
            .product = amqp.product,
            .version = amqp.version,
            .cluster_name = amqp.cluster_name,
            .rules = {.loopback_users = access::names_in(config.amqp_loopback_users)},
            .started_ms = broker.clock().monotonic_ms(),
            .door = door};
}

}  // namespace

HttpListener::HttpListener(const Config& config, broker::Broker& broker, broker::LiveConnections& connections,
                           management::DoorControl* amqp)
    : api_(services_of(config, broker, connections, amqp)),
      serve_([this](const management::HttpRequest& request, const runtime::Endpoint& client) {
          return api_.serve(request, client);
      }),
      workers_(worker_threads, max_waiting_requests) {}

Result<std::unique_ptr<HttpListener>> HttpListener::open_if_wanted(const Config& config,
                                                                   broker::Broker& broker,
                                                                   broker::LiveConnections& connections,
                                                                   management::DoorControl* amqp) {
    if (!config.http_listen) return std::unique_ptr<HttpListener>{};
    auto door = std::make_unique<HttpListener>(config, broker, connections, amqp);
    auto* self = door.get();
    auto listener = runtime::Listener::open(
        {.endpoint = *config.http_listen, .max_connections = max_http_connections}, door->pool_,
        [self](std::shared_ptr<runtime::Connection> connection) -> std::shared_ptr<runtime::Session> {
            auto session = std::make_shared<management::HttpSession>(std::move(connection), self->settings_,
                                                                     self->serve_, self->workers_);
            session->start();
            return session;
        });
    if (!listener) return listener.error();
    door->listener_ = std::move(*listener);
    return door;
}

void HttpListener::start(const std::vector<management::ListenerFacts>& listeners) {
    api_.set_listeners(listeners);
    pool_.start();
}

void HttpListener::stop() {
    if (listener_) listener_->stop();
    workers_.stop();
    pool_.stop();
}

}  // namespace weir::app
