// Outgoing connections on Asio, which looks names up in a thread of its own.
#include "runtime/connector.hpp"

#include <boost/asio/connect.hpp>

#include "runtime/socket.hpp"
#include "runtime/tcp_connection.hpp"
#include "runtime/tls_connection.hpp"

namespace weir::runtime {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Shared with the handlers, which may run after it was given up.
class Attempt : public std::enable_shared_from_this<Attempt> {
  public:
    Attempt(ConnectOptions options, Reactor& reactor, SessionFactory connected,
            std::function<void(Error)> failed)
        : options_(std::move(options)),
          reactor_(reactor),
          resolver_(reactor.impl().context),
          socket_(reactor.impl().context),
          connected_(std::move(connected)),
          failed_(std::move(failed)) {}

    void start() {
        if (over_) return;
        if (options_.tls && !options_.tls->verifies_peers())
            return fail(Errc::invalid_argument, "there is no authority to verify the other side by");
        timer_ = reactor_.run_after(options_.timeout_ms, [self = weak_from_this()] {
            if (const auto attempt = self.lock()) attempt->time_out();
        });
        boost::system::error_code error;
        const auto address = asio::ip::make_address(options_.endpoint.host, error);
        if (!error) return connect_to(std::array{tcp::endpoint{address, options_.endpoint.port}});
        resolver_.async_resolve(options_.endpoint.host, std::to_string(options_.endpoint.port),
                                [self = shared_from_this()](const boost::system::error_code& failure,
                                                            const tcp::resolver::results_type& found) {
                                    if (self->over_) return;
                                    if (failure) return self->fail(Errc::not_found, failure.message());
                                    self->connect_to(found);
                                });
    }

    void give_up() {
        if (std::exchange(over_, true)) return;
        timer_.reset();
        connected_ = nullptr;
        failed_ = nullptr;
        resolver_.cancel();
        boost::system::error_code ignored;
        socket_.close(ignored);
        if (const auto connection = handshaking_.lock()) connection->close();
    }

  private:
    template <class Addresses>
    void connect_to(const Addresses& addresses) {
        asio::async_connect(
            socket_, addresses,
            [self = shared_from_this()](const boost::system::error_code& before, const tcp::endpoint&) {
                self->is_refused_ &= !before || is_refusal(before);
                return true;
            },
            [self = shared_from_this()](const boost::system::error_code& failure, const auto&) {
                if (self->over_) return;
                if (failure) return self->fail(self->code_of(failure), failure.message());
                self->begin();
            });
    }

    static bool is_refusal(const boost::system::error_code& failure) {
        return failure == boost::system::errc::connection_refused;
    }
    Errc code_of(const boost::system::error_code& failure) const {
        return is_refused_ && is_refusal(failure) ? Errc::unavailable : Errc::io_error;
    }

    void begin() {
        auto ends = prepare_socket(socket_);
        if (!ends) return fail(Errc::io_error, "the connection was closed at once");
        if (options_.tls) return begin_tls(std::move(*ends));
        auto connection = std::make_shared<TcpConnection>(std::move(socket_), reactor_, std::move(ends->peer),
                                                          std::move(ends->local), [] {});
        connection->start(succeed(connection));
    }

    void begin_tls(SocketEnds ends) {
        auto connection = std::make_shared<TlsConnection>(std::move(socket_), reactor_, std::move(ends.peer),
                                                          std::move(ends.local), [] {});
        handshaking_ = connection;
        connection->start(
            {.context = options_.tls,
             .side = TlsSide::client,
             .timeout_ms = options_.timeout_ms,
             .succeeded = [self = shared_from_this()](auto made) { return self->succeed(made); },
             .failed =
                 [self = shared_from_this()](std::string_view why) {
                     if (!self->over_) self->fail(Errc::not_authorized, why);
                 }});
    }

    std::shared_ptr<Session> succeed(std::shared_ptr<Connection> connection) {
        handshaking_.reset();
        const auto make_session = std::move(connected_);
        give_up();
        return make_session(std::move(connection));
    }

    void time_out() { fail(Errc::timed_out, fmt::format("no connection within {} ms", options_.timeout_ms)); }

    void fail(Errc code, std::string_view why) {
        const auto tell = std::move(failed_);
        give_up();
        tell({code, fmt::format("can't connect to {}: {}", options_.endpoint.text(), why)});
    }

    ConnectOptions options_;
    Reactor& reactor_;
    tcp::resolver resolver_;
    tcp::socket socket_;
    SessionFactory connected_;
    std::function<void(Error)> failed_;
    std::unique_ptr<Timer> timer_;
    std::weak_ptr<TlsConnection> handshaking_;
    bool is_refused_ = true;  // at each address so far
    bool over_ = false;
};

class OwnedAttempt : public Connecting {
  public:
    explicit OwnedAttempt(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}
    ~OwnedAttempt() override { attempt_->give_up(); }

  private:
    std::shared_ptr<Attempt> attempt_;
};

}  // namespace

std::unique_ptr<Connecting> connect(ConnectOptions options, Reactor& reactor, SessionFactory connected,
                                    std::function<void(Error)> failed) {
    auto attempt =
        std::make_shared<Attempt>(std::move(options), reactor, std::move(connected), std::move(failed));
    reactor.post([attempt] { attempt->start(); });
    return std::make_unique<OwnedAttempt>(std::move(attempt));
}

}  // namespace weir::runtime
