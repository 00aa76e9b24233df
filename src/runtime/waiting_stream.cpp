// Plain sockets, with OpenSSL on top where it is asked for.
#include "runtime/waiting_stream.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "runtime/openssl.hpp"

namespace weir::runtime {

namespace {

Error failed(std::string_view why) {
    return {Errc::timed_out, std::string{why}};
}

class PlainStream final : public WaitingStream {
  public:
    explicit PlainStream(int descriptor) : descriptor_(descriptor) {}
    ~PlainStream() override {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int descriptor() const { return descriptor_; }

    Result<void> send_all(std::string_view text) override {
        while (!text.empty()) {
            const auto sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) continue;
            if (sent <= 0) return failed(std::strerror(errno));
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return {};
    }

    Result<std::size_t> receive(ByteSpan into) override {
        for (;;) {
            const auto got = ::recv(descriptor_, into.data(), into.size(), 0);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failed(std::strerror(errno));
            return static_cast<std::size_t>(got);
        }
    }

  private:
    const int descriptor_;
};

class TlsStream final : public WaitingStream {
  public:
    TlsStream(const WaitingStreamOptions& options, std::unique_ptr<PlainStream> socket)
        : options_(options), socket_(std::move(socket)) {
        ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    }

    Result<void> shake_hands() {
        context_.reset(::SSL_CTX_new(::TLS_client_method()));
        const auto& authority = options_.authority;
        const int trusted = authority.empty()
                                ? ::SSL_CTX_set_default_verify_paths(context_.get())
                                : ::SSL_CTX_load_verify_locations(context_.get(), authority.c_str(), nullptr);
        if (trusted != 1) return failure("can't read the authority's certificate");
        ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        ::SSL_CTX_set_options(context_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
        tls_.reset(::SSL_new(context_.get()));
        // A name is looked for in the certificate, an address likewise (RFC 6125).
        const auto& host = options_.server.host;
        ::SSL_set_tlsext_host_name(tls_.get(), host.c_str());
        auto* parameters = ::SSL_get0_param(tls_.get());
        if (::X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1)
            ::X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
        ::SSL_set_fd(tls_.get(), socket_->descriptor());
        if (::SSL_connect(tls_.get()) != 1) return failure("TLS failed");
        return {};
    }

    Result<void> send_all(std::string_view text) override {
        std::size_t sent = 0;  // of all: partial writes are off
        if (text.empty() || ::SSL_write_ex(tls_.get(), text.data(), text.size(), &sent) == 1) return {};
        return failure("it does not take the request");
    }

    Result<std::size_t> receive(ByteSpan into) override {
        std::size_t got = 0;
        const int outcome = ::SSL_read_ex(tls_.get(), into.data(), into.size(), &got);
        if (outcome == 1 || ::SSL_get_error(tls_.get(), outcome) == SSL_ERROR_ZERO_RETURN) return got;
        return failure("no answer");
    }

  private:
    Error failure(std::string_view what) const {
        const auto verified = tls_ ? ::SSL_get_verify_result(tls_.get()) : X509_V_OK;
        const auto why = openssl_error();
        return failed(fmt::format("{}: {}", what,
                                  verified == X509_V_OK ? why : ::X509_verify_cert_error_string(verified)));
    }

    const WaitingStreamOptions& options_;
    const std::unique_ptr<PlainStream> socket_;
    SslContextPointer context_;
    SslPointer tls_;
};

Result<std::unique_ptr<PlainStream>> connect(const WaitingStreamOptions& options) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto port = std::to_string(options.server.port);
    if (const int error = ::getaddrinfo(options.server.host.c_str(), port.c_str(), &hints, &found))
        return failed(::gai_strerror(error));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{found, ::freeaddrinfo};
    int error = 0;
    for (const auto* at = found; at != nullptr; at = at->ai_next) {
        const int descriptor = ::socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        auto stream = std::make_unique<PlainStream>(descriptor);
        const timeval limit{.tv_sec = options.timeout_ms / 1000, .tv_usec = options.timeout_ms % 1000 * 1000};
        ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (::connect(descriptor, at->ai_addr, at->ai_addrlen) == 0) return stream;
        error = errno;
    }
    return failed(std::strerror(error));
}

}  // namespace

Result<std::unique_ptr<WaitingStream>> WaitingStream::open(const WaitingStreamOptions& options) {
    auto socket = connect(options);
    if (!socket) return socket.error();
    if (!options.is_tls) return std::unique_ptr<WaitingStream>{std::move(*socket)};
    auto tls = std::make_unique<TlsStream>(options, std::move(*socket));
    if (auto shaken = tls->shake_hands(); !shaken) return shaken.error();
    return std::unique_ptr<WaitingStream>{std::move(tls)};
}

}  // namespace weir::runtime
