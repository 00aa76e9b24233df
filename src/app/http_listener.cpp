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
                                                                   runtime::FileSystem& files,
                                                                   broker::LiveConnections& connections,
                                                                   management::DoorControl* amqp) {
    if (!config.serves_http()) return std::unique_ptr<HttpListener>{};
    auto door = std::make_unique<HttpListener>(config, broker, connections, amqp);
    if (auto listening = door->listen(config, files); !listening) return listening.error();
    return door;
}

Result<void> HttpListener::listen(const Config& config, runtime::FileSystem& files) {
    if (config.http_listen) {
        auto opened = listen(*config.http_listen, nullptr);
        if (!opened) return opened.error();
        plain_ = std::move(*opened);
    }
    if (!config.http_tls_listen) return {};
    auto tls = runtime::TlsContext::load(files, {.certificates = config.http_certificate,
                                                 .key = config.http_key,
                                                 .authority = config.http_authority});
    if (!tls) return tls.error();
    auto opened = listen(*config.http_tls_listen, std::move(*tls));
    if (!opened) return opened.error();
    by_tls_ = std::move(*opened);
    return {};
}

Result<std::unique_ptr<runtime::Listener>> HttpListener::listen(const runtime::Endpoint& endpoint,
                                                                std::shared_ptr<runtime::TlsContext> tls) {
    return runtime::Listener::open(
        {.endpoint = endpoint, .max_connections = max_http_connections, .tls = std::move(tls)}, pool_,
        [this](std::shared_ptr<runtime::Connection> connection) -> std::shared_ptr<runtime::Session> {
            auto session =
                std::make_shared<management::HttpSession>(std::move(connection), settings_, serve_, workers_);
            session->start();
            return session;
        });
}

std::optional<runtime::Endpoint> HttpListener::endpoint() const {
    return plain_ ? std::optional{plain_->endpoint()} : std::nullopt;
}
std::optional<runtime::Endpoint> HttpListener::tls_endpoint() const {
    return by_tls_ ? std::optional{by_tls_->endpoint()} : std::nullopt;
}

void HttpListener::start(const std::vector<management::ListenerFacts>& listeners) {
    api_.set_listeners(listeners);
    pool_.start();
}

void HttpListener::stop() {
    if (plain_) plain_->stop();
    if (by_tls_) by_tls_->stop();
    workers_.stop();
    pool_.stop();
}

}  // namespace weir::app
