// Listening sockets on Asio.
#include "runtime/listener.hpp"

#include <boost/asio/ip/tcp.hpp>

#include "base/log_line.hpp"
#include "base/time.hpp"
#include "runtime/socket.hpp"
#include "runtime/tcp_connection.hpp"
#include "runtime/tls_connection.hpp"

namespace weir::runtime {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::int64_t accept_pause_ms = 100;  // after an accept failed: out of descriptors, most often

constexpr std::int64_t failure_log_ms =
    1000;  // between two lines about failed handshakes: anyone can cause them

class TcpListener : public Listener {
  public:
    TcpListener(ListenerOptions options, ReactorPool& pool, SessionFactory factory)
        : options_(std::move(options)),
          pool_(pool),
          state_(std::make_shared<State>(options_, pool.at(0), std::move(factory))) {}
    ~TcpListener() override { stop(); }

    Result<void> open() {
        if (options_.tls && options_.tls->own_certificate() == nullptr)
            return Error{Errc::invalid_argument, "a listener with TLS needs a certificate and its key"};
        boost::system::error_code error;
        tcp::resolver resolver(pool_.at(0).impl().context);
        const auto found = resolver.resolve(options_.endpoint.host, std::to_string(options_.endpoint.port),
                                            tcp::resolver::passive, error);
        if (error || found.empty()) {
            return Error{Errc::invalid_argument, fmt::format("can't find the address of '{}': {}",
                                                             options_.endpoint.host, error.message())};
        }
        const tcp::endpoint endpoint = *found.begin();
        auto& acceptor = state_->acceptor;
        if (!acceptor.open(endpoint.protocol(), error))
            acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor.bind(endpoint, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error) {
            const bool is_taken = error == asio::error::address_in_use;
            return Error{
                Errc::io_error,
                fmt::format("can't listen on {}: {}{}", to_endpoint(endpoint).text(), error.message(),
                            is_taken ? " by another program: stop it, or choose another port" : "")};
        }
        endpoint_ = {options_.endpoint.host, acceptor.local_endpoint().port()};
        pool_.at(0).post([state = state_, &pool = pool_] { accept(state, pool); });
        return {};
    }

    Endpoint endpoint() const override { return endpoint_; }
    std::size_t connections() const override { return state_->connections; }
    void stop() override {
        pool_.at(0).post([state = state_] {
            state->stopped = true;
            boost::system::error_code ignored;
            state->acceptor.close(ignored);
        });
    }

  private:
    // Shared with the handlers, which may run after the listener has gone.
    struct State {
        State(const ListenerOptions& o, Reactor& r, SessionFactory f)
            : options(o), reactor(r), acceptor(r.impl().context), factory(std::move(f)) {}
        const ListenerOptions options;
        Reactor& reactor;
        tcp::acceptor acceptor;
        SessionFactory factory;
        std::atomic<std::size_t> connections{0};
        std::atomic<std::size_t> handshakes{0};
        std::atomic<std::int64_t> next_failure_log_ms{0};
        bool stopped = false;
        std::unique_ptr<Timer> pause;
    };

    static void accept(const std::shared_ptr<State>& state, ReactorPool& pool) {
        if (state->stopped) return;
        auto& reactor = pool.next();
        state->acceptor.async_accept(
            reactor.impl().context,
            [state, &pool, &reactor](const boost::system::error_code& error, tcp::socket socket) {
                if (state->stopped) return;
                if (error) return accept_later(state, pool, error);
                begin(state, reactor, std::move(socket));
                accept(state, pool);
            });
    }

    static void accept_later(const std::shared_ptr<State>& state, ReactorPool& pool,
                             const boost::system::error_code& error) {
        log_warning("a connection could not be accepted ({}); trying again in {} ms", error.message(),
                    accept_pause_ms);
        state->pause = state->reactor.run_after(accept_pause_ms, [state, &pool] { accept(state, pool); });
    }

    static void begin(const std::shared_ptr<State>& state, Reactor& reactor, tcp::socket socket) {
        if (state->connections >= state->options.max_connections) {
            log_warning("refused a connection: max-connections = {} are open",
                        state->options.max_connections);
            return;
        }
        auto ends = prepare_socket(socket);
        if (!ends) return;
        ++state->connections;
        if (state->options.tls) return begin_tls(state, reactor, std::move(socket), std::move(*ends));
        auto connection =
            std::make_shared<TcpConnection>(std::move(socket), reactor, std::move(ends->peer),
                                            std::move(ends->local), [state] { --state->connections; });
        reactor.post([state, connection] { connection->start(state->factory(connection)); });
    }

    static void begin_tls(const std::shared_ptr<State>& state, Reactor& reactor, tcp::socket socket,
                          SocketEnds ends) {
        if (state->handshakes >= state->options.max_handshakes) {
            --state->connections;
            return log_failure(*state, ends.peer, "too many handshakes are under way");
        }
        // Counts the handshake until the connection no longer refers to it.
        ++state->handshakes;
        const std::shared_ptr<void> counted{nullptr, [state](void*) { --state->handshakes; }};
        const auto peer = ends.peer;
        auto connection =
            std::make_shared<TlsConnection>(std::move(socket), reactor, std::move(ends.peer),
                                            std::move(ends.local), [state] { --state->connections; });
        reactor.post([state, connection, counted, peer] {
            connection->start(
                {.context = state->options.tls,
                 .side = TlsSide::server,
                 .timeout_ms = state->options.handshake_timeout_ms,
                 .succeeded = [state, counted](auto made) { return state->factory(made); },
                 .failed = [state, peer](std::string_view why) { log_failure(*state, peer, why); }});
        });
    }

    static void log_failure(State& state, const Endpoint& peer, std::string_view why) {
        const auto now_ms = system_clock().monotonic_ms();
        auto next_ms = state.next_failure_log_ms.load();
        if (now_ms < next_ms) return;
        if (!state.next_failure_log_ms.compare_exchange_strong(next_ms, now_ms + failure_log_ms)) return;
        log_info("no TLS with {}: {}", peer.text(), why);
    }

    ListenerOptions options_;
    ReactorPool& pool_;
    std::shared_ptr<State> state_;
    Endpoint endpoint_;
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(ListenerOptions options, ReactorPool& pool,
                                                 SessionFactory factory) {
    auto listener = std::make_unique<TcpListener>(std::move(options), pool, std::move(factory));
    if (auto opened = listener->open(); !opened) return opened.error();
    return std::unique_ptr<Listener>{std::move(listener)};
}

}  // namespace weir::runtime
