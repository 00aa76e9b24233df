// Plain sockets: a command has nothing else to do meanwhile.
#include "protocols/management/http_client.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "broker/access/password.hpp"
#include "protocols/management/http_parser.hpp"

namespace weir::management {

namespace {

class Socket {
  public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

Error unreachable(const HttpClientOptions& options, std::string_view why) {
    return {Errc::timed_out,
            fmt::format("the management API does not answer at {}: {}", options.server.text(), why)};
}

Result<std::unique_ptr<Socket>> connect(const HttpClientOptions& options) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto port = std::to_string(options.server.port);
    if (const int error = ::getaddrinfo(options.server.host.c_str(), port.c_str(), &hints, &found))
        return unreachable(options, ::gai_strerror(error));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{found, ::freeaddrinfo};
    int error = 0;
    for (const auto* at = found; at != nullptr; at = at->ai_next) {
        auto socket = std::make_unique<Socket>(::socket(at->ai_family, at->ai_socktype, at->ai_protocol));
        const timeval limit{.tv_sec = options.timeout_ms / 1000, .tv_usec = options.timeout_ms % 1000 * 1000};
        ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket->get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (::connect(socket->get(), at->ai_addr, at->ai_addrlen) == 0) return socket;
        error = errno;
    }
    return unreachable(options, std::strerror(error));
}

std::string request_text(const HttpClientOptions& options, const HttpRequest& request) {
    const auto login = access::to_base64(as_bytes(options.user + ":" + options.password));
    auto out = fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\nauthorization: Basic {}\r\nconnection: close\r\n",
                           request.method, request.target, options.server.text(), login);
    if (!request.reason.empty()) out += fmt::format("x-reason: {}\r\n", request.reason);
    if (!request.body.empty()) out += "content-type: application/json\r\n";
    out += fmt::format("content-length: {}\r\n\r\n", request.body.size());
    return out + request.body;
}

Result<void> send_all(const HttpClientOptions& options, const Socket& socket, std::string_view text) {
    while (!text.empty()) {
        const auto sent = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return unreachable(options, std::strerror(errno));
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<HttpResponse> receive(const HttpClientOptions& options, const Socket& socket) {
    HttpResponseParser parser{options.max_body_bytes};
    std::array<std::uint8_t, 16 * 1024> buffer{};
    while (true) {
        const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreachable(options, std::strerror(errno));
        if (got == 0) {
            if (auto whole = parser.end(); !whole) return whole.error();
            return parser.take();
        }
        const auto done = parser.add({buffer.data(), static_cast<std::size_t>(got)});
        if (!done) return done.error();
        if (*done) return parser.take();
    }
}

}  // namespace

Result<HttpResponse> ask(const HttpClientOptions& options, const HttpRequest& request) {
    if (request.reason.find_first_of("\r\n") != std::string::npos)
        return Error{Errc::invalid_argument, "the reason is one line"};
    const auto socket = connect(options);
    if (!socket) return socket.error();
    if (auto sent = send_all(options, **socket, request_text(options, request)); !sent) return sent.error();
    return receive(options, **socket);
}

}  // namespace weir::management
