// Opens the door for AMQP clients.
#include "app/amqp_listener.hpp"

#include <future>

#include "base/log_line.hpp"
#include "base/random.hpp"

namespace weir::app {
namespace {

constexpr std::int64_t last_word_limit_ms = 1'000;
// Of a message that goes to other nodes: it fits one of their frames (rpc::PeerOptions::max_body_bytes).
constexpr std::uint64_t largest_between_nodes = std::uint64_t{48} << 20;
constexpr const char* shutdown_reason = "broker forced connection closure with reason 'shutdown'";

amqp::Settings settings_of(const Config& config) {
    amqp::Settings settings;
    settings.channel_max = static_cast<std::uint16_t>(config.amqp_channel_max);
    settings.frame_max = static_cast<std::uint32_t>(config.amqp_frame_max_bytes);
    settings.heartbeat_s = static_cast<std::uint16_t>(config.amqp_heartbeat_s);
    settings.consumer_timeout_ms = config.amqp_consumer_timeout_ms;
    const auto most = config.cluster_listen ? largest_between_nodes : std::uint64_t{UINT64_MAX};
    settings.max_message_bytes = std::min(static_cast<std::uint64_t>(config.amqp_max_message_bytes), most);
    return settings;
}

ResourceLimits limits_of(const Config& config) {
    const auto memory = static_cast<std::uint64_t>(config.amqp_memory_limit_bytes);
    return {.directory = config.data,
            .disk_free_bytes = static_cast<std::uint64_t>(config.amqp_disk_free_limit_bytes),
            .memory_bytes = memory != 0 ? memory : machine_memory_bytes() / 10 * 6};
}

}  // namespace

AmqpListener::AmqpListener(const Config& config, runtime::ReactorPool& pool, broker::Broker& broker,
                           broker::LiveConnections& connections)
    : settings_(settings_of(config)),
      limits_(limits_of(config)),
      max_connections_(static_cast<std::size_t>(config.max_connections)),
      pool_(pool),
      broker_(broker),
      gate_(broker.queues(), broker.clock(), system_random(), usage_,
            {.loopback_users = access::names_in(config.amqp_loopback_users)}),
      environment_{settings_, broker.clock(), gate_, [this, &broker](amqp::AmqpSession& session) {
                       return std::make_unique<amqp::QueueDoor>(session, broker, usage_);
                   }} {
    environment_.connections = &connections;
}

Result<std::unique_ptr<AmqpListener>> AmqpListener::open_if_wanted(const Config& config,
                                                                   runtime::ReactorPool& pool,
                                                                   broker::Broker& broker,
                                                                   runtime::FileSystem& files,
                                                                   broker::LiveConnections& connections) {
    if (!config.serves_amqp()) return std::unique_ptr<AmqpListener>{};
    auto door = std::make_unique<AmqpListener>(config, pool, broker, connections);
    if (auto started = door->start(config, files); !started) return started.error();
    return door;
}

Result<void> AmqpListener::start(const Config& config, runtime::FileSystem& files) {
    plain_.endpoint = config.amqp_listen;
    tls_.endpoint = config.amqp_tls_listen;
    if (tls_.endpoint) {
        auto tls = runtime::TlsContext::load(files, {.certificates = config.amqp_certificate,
                                                     .key = config.amqp_key,
                                                     .authority = config.amqp_authority});
        if (!tls) return tls.error();
        tls_.tls = std::move(*tls);
    }
    if (auto listening = listen(); !listening) return listening;
    watch_.emplace(
        limits_, files,
        [sessions = environment_.sessions, connections = environment_.connections](const std::string& low) {
            sessions->set_low(low);
            connections->set_low(low);
        });
    return {};
}

Result<void> AmqpListener::listen() {
    is_open_ = true;
    for (auto* entrance : {&plain_, &tls_}) {
        if (!entrance->endpoint) continue;
        if (auto listening = listen(*entrance); !listening) {
            end_connections();
            return listening;
        }
    }
    return {};
}

Result<void> AmqpListener::listen(Entrance& entrance) {
    auto opened = runtime::Listener::open(
        {.endpoint = *entrance.endpoint, .max_connections = max_connections_, .tls = entrance.tls}, pool_,
        [this](std::shared_ptr<runtime::Connection> connection) -> std::shared_ptr<runtime::Session> {
            auto session = std::make_shared<amqp::AmqpSession>(std::move(connection), environment_);
            session->start();
            if (!is_open_) session->shut_down(shutdown_reason);  // it came as the door was closing
            return session;
        });
    if (!opened) return opened.error();
    entrance.listener = std::move(*opened);
    entrance.endpoint = entrance.listener->endpoint();
    return {};
}

void AmqpListener::end_connections() {
    is_open_ = false;
    plain_.listener.reset();
    tls_.listener.reset();
    auto& sessions = *environment_.sessions;
    sessions.shut_down(shutdown_reason);
    if (!sessions.wait_until_none(last_word_limit_ms))
        log_info("{} AMQP connections end without an answer of their clients", sessions.count());
}

void AmqpListener::stop() {
    watch_.reset();
    end_connections();
}

// ---- while the process lives

Result<void> AmqpListener::close() {
    const std::lock_guard lock{mutex_};
    if (!is_open_) return {};
    log_info("the door for AMQP clients closes");
    end_connections();
    take_back();
    return broker_.prepare_queues();  // as after the end of the process
}

// The port is free once the reactor has closed the old socket.
Result<void> AmqpListener::open() {
    const std::lock_guard lock{mutex_};
    if (is_open_) return {};
    std::promise<void> closed;
    pool_.at(0).post([&closed] { closed.set_value(); });
    closed.get_future().wait();
    log_info("the door for AMQP clients opens");
    return listen();
}

// As a new start would find it.
void AmqpListener::take_back() {
    environment_.settings.set(settings_);
    watch_->change([this](ResourceLimits& limits, Alarms& alarms) {
        limits = limits_;
        alarms = {};
    });
}

Result<void> AmqpListener::set_alarm(std::string_view resource, bool is_on) {
    if (resource != "disk" && resource != "memory")
        return Error{Errc::invalid_argument, "there are alarms of disk and memory"};
    watch_->change(
        [&](ResourceLimits&, Alarms& alarms) { (resource == "disk" ? alarms.disk : alarms.memory) = is_on; });
    return {};
}

Result<void> AmqpListener::set_limit(std::string_view name, std::int64_t value) {
    if (value < 0) return Error{Errc::invalid_argument, "a limit is a number from 0 on"};
    const auto bytes = static_cast<std::uint64_t>(value);
    if (name == "memory-bytes") {
        // Of 0 bytes in use there are always more.
        watch_->change([&](ResourceLimits& limits, Alarms&) { limits.memory_bytes = std::max(bytes, 1ul); });
    } else if (name == "disk-free-bytes") {
        watch_->change([&](ResourceLimits& limits, Alarms&) { limits.disk_free_bytes = bytes; });
    } else if (name == "channel-max" && value <= UINT16_MAX) {
        const std::lock_guard lock{mutex_};
        auto settings = *environment_.settings.get();
        settings.channel_max = static_cast<std::uint16_t>(value);
        environment_.settings.set(std::move(settings));
    } else {
        return Error{Errc::invalid_argument, fmt::format("there is no limit '{}' of {}", name, value)};
    }
    return {};
}

}  // namespace weir::app
