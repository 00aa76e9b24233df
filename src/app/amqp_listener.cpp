// Opens the door for AMQP clients.
#include "app/amqp_listener.hpp"

#include "base/log_line.hpp"
#include "base/random.hpp"

namespace weir::app {
namespace {

constexpr std::int64_t last_word_limit_ms = 1'000;

amqp::Settings settings_of(const Config& config) {
    amqp::Settings settings;
    settings.channel_max = static_cast<std::uint16_t>(config.amqp_channel_max);
    settings.frame_max = static_cast<std::uint32_t>(config.amqp_frame_max_bytes);
    settings.heartbeat_s = static_cast<std::uint16_t>(config.amqp_heartbeat_s);
    settings.consumer_timeout_ms = config.amqp_consumer_timeout_ms;
    settings.max_message_bytes = static_cast<std::uint64_t>(config.amqp_max_message_bytes);
    return settings;
}

ResourceLimits limits_of(const Config& config) {
    const auto memory = static_cast<std::uint64_t>(config.amqp_memory_limit_bytes);
    return {.directory = config.data,
            .disk_free_bytes = static_cast<std::uint64_t>(config.amqp_disk_free_limit_bytes),
            .memory_bytes = memory != 0 ? memory : machine_memory_bytes() / 10 * 6};
}

}  // namespace

AmqpListener::AmqpListener(const Config& config, broker::Broker& broker, broker::LiveConnections& connections)
    : settings_(settings_of(config)),
      gate_(broker.queues(), broker.clock(), system_random(), shared_.usage),
      environment_{settings_, broker.clock(), gate_, [this, &broker](amqp::AmqpSession& session) {
                       return std::make_unique<amqp::QueueDoor>(session, broker, shared_);
                   }} {
    environment_.connections = &connections;
}

Result<std::unique_ptr<AmqpListener>> AmqpListener::open_if_wanted(const Config& config,
                                                                   runtime::ReactorPool& pool,
                                                                   broker::Broker& broker,
                                                                   runtime::FileSystem& files,
                                                                   broker::LiveConnections& connections) {
    if (!config.serves_amqp()) return std::unique_ptr<AmqpListener>{};
    auto door = std::make_unique<AmqpListener>(config, broker, connections);
    if (auto opened = door->open(config, pool, files); !opened) return opened.error();
    return door;
}

Result<void> AmqpListener::open(const Config& config, runtime::ReactorPool& pool,
                                runtime::FileSystem& files) {
    if (config.amqp_listen) {
        auto opened = listen(config, *config.amqp_listen, nullptr, pool);
        if (!opened) return opened.error();
        listener_ = std::move(*opened);
    }
    if (config.amqp_tls_listen) {
        auto tls = runtime::TlsContext::load(files, {.certificates = config.amqp_certificate,
                                                     .key = config.amqp_key,
                                                     .authority = config.amqp_authority});
        if (!tls) return tls.error();
        auto opened = listen(config, *config.amqp_tls_listen, std::move(*tls), pool);
        if (!opened) return opened.error();
        tls_listener_ = std::move(*opened);
    }
    watch_.emplace(
        limits_of(config), files,
        [sessions = environment_.sessions, connections = environment_.connections](const std::string& low) {
            sessions->set_low(low);
            connections->set_low(low);
        });
    return {};
}

Result<AmqpListener::ListenerPtr> AmqpListener::listen(const Config& config,
                                                       const runtime::Endpoint& endpoint,
                                                       std::shared_ptr<runtime::TlsContext> tls,
                                                       runtime::ReactorPool& pool) {
    return runtime::Listener::open(
        {.endpoint = endpoint,
         .max_connections = static_cast<std::size_t>(config.max_connections),
         .tls = std::move(tls)},
        pool, [this](std::shared_ptr<runtime::Connection> connection) -> std::shared_ptr<runtime::Session> {
            auto session = std::make_shared<amqp::AmqpSession>(std::move(connection), environment_);
            session->start();
            return session;
        });
}

std::optional<runtime::Endpoint> AmqpListener::endpoint_of(const ListenerPtr& listener) {
    return listener ? std::optional{listener->endpoint()} : std::nullopt;
}

void AmqpListener::stop() {
    watch_.reset();
    for (auto* listener : {listener_.get(), tls_listener_.get()})
        if (listener != nullptr) listener->stop();
    auto& sessions = *environment_.sessions;
    sessions.shut_down("broker forced connection closure with reason 'shutdown'");
    if (!sessions.wait_until_none(last_word_limit_ms))
        log_info("{} AMQP connections end without an answer of their clients", sessions.count());
}

}  // namespace weir::app
