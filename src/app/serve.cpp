// The wiring of the server: reactors, broker, listener, and the wait for the signal to stop.
#include "app/serve.hpp"

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <thread>

#include "app/amqp_listener.hpp"
#include "app/cluster_tls.hpp"
#include "app/http_listener.hpp"
#include "app/version.hpp"
#include "broker/broker.hpp"
#include "metadata/typed_settings.hpp"
#include "protocols/amqp/gate.hpp"
#include "protocols/amqp/message_facts.hpp"
#include "protocols/kafka/session.hpp"
#include "runtime/listener.hpp"

namespace weir::app {

namespace {

// Blocked in every thread, so that sigwait() alone sees them.
sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

// Frames come and go by the megabyte: giving each back to the kernel costs more than all else done with it.
void tune_allocator() {
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

unsigned reactor_count(const Config& config) {
    if (config.reactors > 0) return static_cast<unsigned>(std::min<std::int64_t>(config.reactors, 64));
    return std::clamp(std::thread::hardware_concurrency(), 1u, 64u);
}

// What the configuration says in the catalogue's words.
metadata::Overrides file_settings(const EffectiveConfig& effective) {
    metadata::Overrides settings;
    for (std::size_t i = 0; i < config_keys().size(); ++i) {
        const auto& key = config_keys()[i];
        if (key.kafka_name.empty() || effective.origins[i] == "default") continue;
        settings.emplace(key.kafka_name, kafka_value_text(effective.config, key));
    }
    for (const auto& [name, setting] : effective.config.broker) settings[name] = setting.value;
    return settings;
}

Result<void> check_settings(const EffectiveConfig& effective, const metadata::Overrides& settings) {
    for (const auto& [name, value] : settings) {
        const auto found = effective.config.broker.find(name);
        const auto origin =
            found == effective.config.broker.end() ? "the configuration" : found->second.origin;
        if (auto checked = metadata::check_overrides(metadata::SettingScope::broker, {{name, value}});
            !checked) {
            return Error{Errc::invalid_config, fmt::format("{}: {}", origin, checked.error().message)};
        }
    }
    return {};
}

// Errors: those of the certificates' files.
Result<std::optional<broker::ClusterOptions>> cluster_options(const Config& config) {
    if (!config.cluster_listen) return std::optional<broker::ClusterOptions>{};
    broker::ClusterOptions options{.listen = *config.cluster_listen,
                                   .join = config.join,
                                   .rack = config.rack,
                                   .allow_insecure = config.allow_insecure};
    auto tls = cluster_tls(config);
    if (!tls) return tls.error();
    options.tls = std::move(*tls);
    return std::optional{std::move(options)};
}

// This boot of the machine, as Linux names it; "" where it does not.
std::string system_boot() {
    std::string boot;
    std::ifstream file{"/proc/sys/kernel/random/boot_id"};
    std::getline(file, boot);
    return boot;
}

broker::BrokerOptions broker_options(const Config& config, metadata::Overrides settings,
                                     std::optional<broker::ClusterOptions> cluster) {
    return {.store = {.directory = config.data,
                      .journal_file_bytes = static_cast<std::uint64_t>(config.journal_file_bytes),
                      .checkpoint_bytes = static_cast<std::uint64_t>(config.journal_checkpoint_bytes),
                      .reserve_bytes = static_cast<std::uint64_t>(config.journal_reserve_bytes),
                      .commit_spacing_us = config.journal_commit_spacing_us,
                      .producer_expiration_ms =
                          metadata::broker_settings({.file = &settings}).producer_id_expiration_ms,
                      .max_open_files = static_cast<std::size_t>(config.max_open_files),
                      .scrub_bytes_per_second = static_cast<std::uint64_t>(config.scrub_bytes_per_second),
                      .scrub_interval_ms = config.scrub_interval_ms,
                      .is_refilled = cluster.has_value(),
                      .boot = system_boot()},
            .node = NodeId{static_cast<std::int32_t>(config.node)},
            .cluster = std::move(cluster),
            .file_settings = std::move(settings),
            .serves_queues = config.serves_queues(),
            .property_reader = &amqp::property_reader()};
}

// What other nodes tell Kafka clients of this one.
metadata::Endpoint kafka_endpoint(const Config& config, const runtime::Endpoint& listening) {
    const auto& endpoint = config.kafka_advertised ? *config.kafka_advertised : listening;
    return {std::string{kafka::listener_name}, endpoint.host, endpoint.port};
}

std::vector<management::ListenerFacts> listeners_of(const runtime::Listener& kafka, const AmqpListener* amqp,
                                                    const HttpListener* http) {
    std::vector<management::ListenerFacts> out{{"kafka", kafka.endpoint()}};
    const auto add = [&](const char* protocol, const std::optional<runtime::Endpoint>& endpoint) {
        if (endpoint) out.push_back({protocol, *endpoint});
    };
    if (amqp != nullptr) add("amqp", amqp->endpoint()), add("amqp/ssl", amqp->tls_endpoint());
    if (http != nullptr) add("http", http->endpoint()), add("https", http->tls_endpoint());
    return out;
}

void announce(const std::vector<management::ListenerFacts>& listeners) {
    std::string text;
    for (const auto& [protocol, endpoint] : listeners) {
        const auto* words = protocol == "kafka"      ? "Kafka clients connect to "
                            : protocol == "amqp"     ? ", AMQP clients to "
                            : protocol == "amqp/ssl" ? ", AMQP clients by TLS to "
                            : protocol == "http"     ? ", HTTP clients to "
                                                     : ", HTTP clients by TLS to ";
        text += words + endpoint.text();
    }
    std::printf("weir %s is ready: %s\n", version, text.c_str());
    std::fflush(stdout);
}

// Why the cluster does not take this node any more, if it does not: then the process ends as if told to.
class Refusal {
  public:
    void tell(const std::string& why) {
        const std::lock_guard lock{mutex_};
        if (!std::exchange(why_, why)) kill(getpid(), SIGTERM);
    }
    std::optional<std::string> why() {
        const std::lock_guard lock{mutex_};
        return why_;
    }

  private:
    std::mutex mutex_;
    std::optional<std::string> why_;
};

// `environment` must outlive it.
Result<std::unique_ptr<runtime::Listener>> open_kafka_door(const Config& config, runtime::ReactorPool& pool,
                                                           kafka::Environment& environment) {
    return runtime::Listener::open(
        {.endpoint = config.kafka_listen,
         .max_connections = static_cast<std::size_t>(config.max_connections)},
        pool,
        [&environment](std::shared_ptr<runtime::Connection> connection) -> std::shared_ptr<runtime::Session> {
            auto session = std::make_shared<kafka::KafkaSession>(std::move(connection), environment);
            session->start();
            return session;
        });
}

// The doors to queues, where they are wanted.
struct QueueDoors {
    std::unique_ptr<AmqpListener> amqp;
    std::unique_ptr<HttpListener> http;

    // The broker must be usable; it gets what clients count on if it is empty. Waits for that.
    Result<void> open(const Config& config, runtime::ReactorPool& pool, broker::Broker& broker,
                      runtime::FileSystem& files, broker::LiveConnections& connections) {
        if (!config.serves_queues()) return {};
        if (auto prepared = broker.prepare_queues(); !prepared) return prepared;
        if (auto prepared = amqp::prepare(broker.queues(), system_random()); !prepared) return prepared;
        auto opened = AmqpListener::open_if_wanted(config, pool, broker, files, connections);
        if (!opened) return opened.error();
        amqp = std::move(*opened);
        auto managed = HttpListener::open_if_wanted(config, broker, files, connections, amqp.get());
        if (!managed) return managed.error();
        http = std::move(*managed);
        return {};
    }
};

// Returns the signal that came first, or 0.
template <class Done>
int wait_until(const Done& is_done, const sigset_t& signals) {
    constexpr timespec between{.tv_sec = 0, .tv_nsec = 20'000'000};
    while (!is_done()) {
        if (const int signal = sigtimedwait(&signals, nullptr, &between); signal > 0) return signal;
    }
    return 0;
}

}  // namespace

Result<void> serve(const EffectiveConfig& effective, Machine machine) {
    const auto& config = effective.config;
    const auto signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    tune_allocator();
    raise_descriptor_limit();
    auto settings = file_settings(effective);
    if (auto checked = check_settings(effective, settings); !checked) return checked;

    // Before the reactors: what they still hold at the end is charged to it.
    runtime::MemoryBudget request_memory(static_cast<std::size_t>(config.memory_budget_bytes));
    Refusal refusal;
    runtime::ReactorPool pool(reactor_count(config));
    auto cluster = cluster_options(config);
    if (!cluster) return cluster.error();
    auto options = broker_options(config, std::move(settings), std::move(*cluster));
    options.refused = [&refusal](const std::string& why) { refusal.tell(why); };
    auto broker =
        broker::Broker::open(std::move(options), pool, machine.files, machine.clock, system_random());
    if (!broker) return broker.error();
    const auto broker_settings = (*broker)->controller().catalogue()->broker_settings();
    kafka::Environment environment{.broker = **broker,
                                   .request_memory = request_memory,
                                   .advertised = config.kafka_advertised,
                                   .max_idle_ms = broker_settings.connections_max_idle_ms,
                                   .max_request_bytes = static_cast<std::size_t>(config.max_request_bytes)};
    auto listener = open_kafka_door(config, pool, environment);
    if (!listener) return listener.error();
    broker::LiveConnections connections;
    (*broker)->announce({kafka_endpoint(config, (*listener)->endpoint())});
    // Connections wait in the kernel meanwhile.
    int signal = wait_until([&] { return (*broker)->is_usable(); }, signals);
    QueueDoors doors;
    if (signal == 0) {
        if (auto opened = doors.open(config, pool, **broker, machine.files, connections); !opened)
            return opened;
    }
    pool.start();
    if (signal == 0) {
        const auto listeners = listeners_of(**listener, doors.amqp.get(), doors.http.get());
        if (doors.http) doors.http->start(listeners);
        announce(listeners);
        sigwait(&signals, &signal);
    }
    log_info("stopping on {}", signal == SIGTERM ? "SIGTERM" : "SIGINT");
    (*broker)->leave();
    if (wait_until([&] { return (*broker)->has_left(); }, signals) != 0) log_info("stopping at once");
    if (doors.http) doors.http->stop();
    (*listener)->stop();
    if (doors.amqp) doors.amqp->stop();
    pool.stop();
    if (auto stopped = (*broker)->stop(); !stopped) return stopped;
    if (const auto why = refusal.why()) return Error{Errc::already_exists, *why};
    return {};
}

}  // namespace weir::app
