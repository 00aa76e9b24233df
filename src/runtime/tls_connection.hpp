// A Connection over TLS; seen by runtime/ alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "runtime/connection.hpp"
#include "runtime/openssl.hpp"
#include "runtime/output_queue.hpp"
#include "runtime/reactor_impl.hpp"
#include "runtime/tls_context.hpp"

namespace weir::runtime {

enum class TlsSide { client, server };

struct TlsHandshake {
    std::shared_ptr<TlsContext> context;
    TlsSide side = TlsSide::server;
    std::int64_t timeout_ms = 0;
    SessionFactory succeeded;
    std::function<void(std::string_view why)>
        failed;  // the connection is closed; not called if it was closed here
};

class TlsConnection final : public Connection, public std::enable_shared_from_this<TlsConnection> {
  public:
    // `on_end` is called once, when the connection has closed, whether or not there was a session.
    TlsConnection(boost::asio::ip::tcp::socket socket, Reactor& reactor, Endpoint peer, Endpoint local,
                  Task on_end);

    // Shakes hands, then has the session made and reads for it.
    void start(TlsHandshake handshake);

    void send(Bytes bytes) override;
    void send_file(std::shared_ptr<File> file, std::uint64_t position, std::uint64_t size) override;
    std::size_t unsent_bytes() const override { return output_.unsent_bytes() + encrypted_left(); }
    void pause_reading() override { paused_ = true; }
    void resume_reading() override;
    void close() override;
    bool closed() const override { return closed_; }
    Reactor& reactor() override { return reactor_; }
    const Endpoint& peer() const override { return peer_; }
    const Endpoint& local() const override { return local_; }
    const CertificateFacts* peer_certificate() const override {
        return certificate_ ? &*certificate_ : nullptr;
    }
    std::string_view failure() const override { return failure_; }

  private:
    enum class Step { done, wait_readable, wait_writable, failed };

    // OpenSSL's view of the socket: reads come straight from it, writes gather in `encrypted_`.
    static BIO_METHOD* socket_method();
    static int bio_read(BIO* bio, char* out, int size);
    static int bio_write(BIO* bio, const char* data, int size);
    static long bio_control(BIO* bio, int command, long, void*);

    Step step_for(int result);
    void continue_handshake();
    void end_handshake();
    void read();
    Step read_some();
    void read_when_possible(Step step);
    void flush_later();
    void flush();
    Step send_parts();
    Step encrypt();
    Result<ByteView> next_plain();
    Step send_encrypted();
    void wait_writable();
    std::size_t encrypted_left() const { return encrypted_.size() - encrypted_sent_; }
    void fail(std::string_view why);
    std::string reason(int result) const;

    boost::asio::ip::tcp::socket socket_;
    Reactor& reactor_;
    Endpoint peer_;
    Endpoint local_;
    Task on_end_;
    SslPointer ssl_;
    std::optional<TlsHandshake> handshake_;  // while it is under way
    std::unique_ptr<Timer> handshake_timer_;
    std::size_t handshake_bytes_ = 0;
    std::optional<CertificateFacts> certificate_;
    std::shared_ptr<Session> session_;
    OutputQueue output_;
    Bytes file_bytes_;  // of the file range that is first in output_
    Bytes encrypted_;
    std::size_t encrypted_sent_ = 0;
    std::string failure_;
    bool peer_ended_ = false;  // its last byte has come
    bool reading_ = false;     // within read(), waiting for bytes, or about to
    bool paused_ = false;
    bool flush_queued_ = false;
    bool waiting_writable_ = false;
    bool closed_ = false;
};

}  // namespace weir::runtime
