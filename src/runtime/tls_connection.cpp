// TLS connections: Asio waits, OpenSSL encrypts into a buffer, recv and send move the bytes.
#include "runtime/tls_connection.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>

#include "runtime/tls_context_impl.hpp"

namespace weir::runtime {

namespace {

constexpr std::size_t max_handshake_bytes = 32 * 1024;   // from a peer that nobody has vouched for
constexpr std::size_t max_encrypted_bytes = 256 * 1024;  // gathered before they are sent
constexpr std::size_t tls_overhead_bytes = 1024;         // of the records above: 22 for each 16 KiB
constexpr std::size_t encrypt_step_bytes = 128 * 1024;   // handed to OpenSSL at once, or read from a file
// What one connection may do before the others of its reactor have their turn.
constexpr std::size_t max_read_per_turn = 512 * 1024;
constexpr std::size_t max_sent_per_turn = 4 << 20;

}  // namespace

TlsConnection::TlsConnection(boost::asio::ip::tcp::socket socket, Reactor& reactor, Endpoint peer,
                             Endpoint local, Task on_end)
    : socket_(std::move(socket)),
      reactor_(reactor),
      peer_(std::move(peer)),
      local_(std::move(local)),
      on_end_(std::move(on_end)) {}

BIO_METHOD* TlsConnection::socket_method() {
    static BIO_METHOD* const method = [] {
        auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weir connection");
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

int TlsConnection::bio_read(BIO* bio, char* out, int size) {
    auto& self = *static_cast<TlsConnection*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    auto wanted = static_cast<std::size_t>(size);
    if (self.handshake_) wanted = std::min(wanted, max_handshake_bytes - self.handshake_bytes_);
    if (wanted == 0) return -1;
    const auto got = ::recv(self.socket_.native_handle(), out, wanted, 0);
    if (got > 0 && self.handshake_) self.handshake_bytes_ += static_cast<std::size_t>(got);
    if (got == 0) self.peer_ended_ = true;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

int TlsConnection::bio_write(BIO* bio, const char* data, int size) {
    auto& self = *static_cast<TlsConnection*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (self.encrypted_left() >= 2 * max_encrypted_bytes) {  // a peer asks for answers and takes none
        BIO_set_retry_write(bio);
        return -1;
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
    self.encrypted_.insert(self.encrypted_.end(), bytes, bytes + size);
    return size;
}

long TlsConnection::bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return static_cast<TlsConnection*>(BIO_get_data(bio))->peer_ended_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

void TlsConnection::start(TlsHandshake handshake) {
    handshake_ = std::move(handshake);
    reactor_.impl().closers[this] = [self = shared_from_this()] { self->close(); };
    ssl_.reset(SSL_new(handshake_->context->impl().context.get()));
    auto* bio = BIO_new(socket_method());
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    if (handshake_->side == TlsSide::server) {
        SSL_set_accept_state(ssl_.get());
    } else {
        SSL_set_connect_state(ssl_.get());
    }
    const auto timeout_ms = handshake_->timeout_ms;
    handshake_timer_ = reactor_.run_after(
        timeout_ms, [this, timeout_ms] { fail(fmt::format("it took longer than {} ms", timeout_ms)); });
    continue_handshake();
}

void TlsConnection::continue_handshake() {
    if (closed_) return;
    ERR_clear_error();
    const auto result = SSL_do_handshake(ssl_.get());
    const auto step = step_for(result);
    if (step == Step::failed) return fail(reason(result));  // which sends the alert
    if (send_encrypted() == Step::failed) return fail(std::exchange(failure_, {}));
    if (encrypted_left() > 0) wait_writable();
    if (step == Step::done) return end_handshake();
    reading_ = true;
    socket_.async_wait(boost::asio::ip::tcp::socket::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                           self->reading_ = false;
                           if (!error) self->continue_handshake();
                       });
}

void TlsConnection::end_handshake() {
    const auto self = shared_from_this();
    const auto handshake = std::exchange(handshake_, std::nullopt);
    handshake_timer_.reset();
    if (const X509Pointer peer{SSL_get1_peer_certificate(ssl_.get())}) certificate_ = facts_of(peer.get());
    session_ = handshake->succeeded(self);
    read();
}

TlsConnection::Step TlsConnection::step_for(int result) {
    if (result > 0) return Step::done;
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return Step::wait_readable;
        case SSL_ERROR_WANT_WRITE: return Step::wait_writable;
        default: return Step::failed;
    }
}

std::string TlsConnection::reason(int result) const {
    const auto kind = SSL_get_error(ssl_.get(), result);
    if (kind == SSL_ERROR_ZERO_RETURN) return {};
    if (handshake_ && handshake_bytes_ >= max_handshake_bytes) {
        return fmt::format("the handshake is longer than {} bytes", max_handshake_bytes);
    }
    if (const auto verified = SSL_get_verify_result(ssl_.get()); handshake_ && verified != X509_V_OK) {
        return fmt::format("the peer's certificate is refused: {}", X509_verify_cert_error_string(verified));
    }
    if (peer_ended_) return "the peer closed the connection";
    if (kind == SSL_ERROR_SYSCALL && ERR_peek_error() == 0) return std::strerror(errno);
    return openssl_error();
}

void TlsConnection::fail(std::string_view why) {
    const auto self = shared_from_this();
    failure_ = why;
    const auto failed = handshake_ ? std::move(handshake_->failed) : nullptr;
    close();
    if (failed) failed(failure_);
}

void TlsConnection::read() {
    if (closed_ || reading_ || paused_) return;
    const auto self = shared_from_this();
    reading_ = true;
    const auto step = read_some();
    reading_ = false;
    if (closed_) return;
    if (encrypted_left() > 0) flush_later();  // OpenSSL had something to answer
    if (paused_) return;
    read_when_possible(step);
}

// Reads until there is no more, the session pauses, or this connection has had its share of the turn: done.
TlsConnection::Step TlsConnection::read_some() {
    for (std::size_t count = 0, total = 0; total < max_read_per_turn; total += count) {
        const auto target = session_->read_buffer();
        ERR_clear_error();
        const auto result = SSL_read_ex(ssl_.get(), target.data(), target.size(), &count);
        const auto step = step_for(result);
        if (step == Step::failed) fail(reason(result));
        if (step != Step::done) return step;
        session_->on_read(count);
        if (closed_ || paused_) break;
    }
    return Step::done;
}

void TlsConnection::read_when_possible(Step step) {
    reading_ = true;
    const auto again = [self = shared_from_this()] {
        self->reading_ = false;
        self->read();
    };
    if (step == Step::done) return reactor_.post(again);
    const auto event = step == Step::wait_readable ? boost::asio::ip::tcp::socket::wait_read
                                                   : boost::asio::ip::tcp::socket::wait_write;
    socket_.async_wait(event, [again](const boost::system::error_code& error) {
        if (!error) again();
    });
}

void TlsConnection::resume_reading() {
    if (!std::exchange(paused_, false) || reading_ || closed_) return;
    read_when_possible(Step::done);
}

void TlsConnection::send(Bytes bytes) {
    if (closed_) return;
    output_.push(std::move(bytes));
    flush_later();
}

void TlsConnection::send_file(std::shared_ptr<File> file, std::uint64_t position, std::uint64_t size) {
    if (closed_) return;
    output_.push(std::move(file), position, size);
    flush_later();
}

void TlsConnection::flush_later() {
    if (flush_queued_ || waiting_writable_) return;
    flush_queued_ = true;
    reactor_.at_end_of_turn([self = shared_from_this()] {
        self->flush_queued_ = false;
        self->flush();
    });
}

void TlsConnection::flush() {
    if (closed_) return;
    if (send_parts() == Step::failed) return fail(std::exchange(failure_, {}));
    if (unsent_bytes() > 0) return wait_writable();
    encrypted_ = {};
    file_bytes_ = {};
    if (session_) session_->on_sent();
}

// Sends until nothing is left (done), the kernel takes no more, or this connection has had its share of the
// turn.
TlsConnection::Step TlsConnection::send_parts() {
    for (std::size_t sent = 0; sent < max_sent_per_turn && unsent_bytes() > 0;) {
        const auto before = output_.unsent_bytes();
        if (!handshake_ && encrypt() == Step::failed) return Step::failed;
        const auto step = send_encrypted();
        if (step != Step::done || handshake_) return step;
        sent += before - output_.unsent_bytes();
    }
    return Step::done;
}

TlsConnection::Step TlsConnection::encrypt() {
    if (encrypted_.capacity() == 0) {
        encrypted_.reserve(std::min(output_.unsent_bytes() + tls_overhead_bytes,
                                    max_encrypted_bytes + encrypt_step_bytes + tls_overhead_bytes));
    }
    while (!output_.empty() && encrypted_left() < max_encrypted_bytes) {
        const auto plain = next_plain();
        if (!plain) {
            failure_ = plain.error().message;
            return Step::failed;
        }
        std::size_t count = 0;
        ERR_clear_error();
        const auto step = step_for(SSL_write_ex(ssl_.get(), plain->data(), plain->size(), &count));
        if (step == Step::wait_writable) return Step::done;
        if (step != Step::done) {
            failure_ = openssl_error();
            return Step::failed;
        }
        output_.take(count);
    }
    return Step::done;
}

// The next bytes to encrypt: where they lie, or read from their file.
Result<ByteView> TlsConnection::next_plain() {
    auto& part = output_.front();
    const auto size = std::min<std::uint64_t>(part.left(), encrypt_step_bytes);
    if (!part.file) return ByteView{part.bytes}.subspan(part.position, size);
    file_bytes_.resize(encrypt_step_bytes);
    const auto got = part.file->read(part.position, ByteSpan{file_bytes_}.first(size));
    if (!got) return got.error();
    if (*got < size) return Error{Errc::io_error, "the file is shorter than was promised to the peer"};
    return ByteView{file_bytes_}.first(size);
}

TlsConnection::Step TlsConnection::send_encrypted() {
    while (encrypted_left() > 0) {
        const auto sent = ::send(socket_.native_handle(), encrypted_.data() + encrypted_sent_,
                                 encrypted_left(), MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return Step::wait_writable;
        if (sent < 0) {
            failure_ = std::strerror(errno);
            return Step::failed;
        }
        encrypted_sent_ += static_cast<std::size_t>(sent);
    }
    encrypted_.clear();
    encrypted_sent_ = 0;
    return Step::done;
}

void TlsConnection::wait_writable() {
    if (waiting_writable_) return;
    waiting_writable_ = true;
    socket_.async_wait(boost::asio::ip::tcp::socket::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                           self->waiting_writable_ = false;
                           if (!error) self->flush();
                       });
}

void TlsConnection::close() {
    if (closed_) return;
    const auto self = shared_from_this();  // the session may let go of its reference
    if (session_ && failure_.empty()) {
        (void)send_parts();
        SSL_shutdown(ssl_.get());
    }
    (void)send_encrypted();  // the last of it, or the alert that says why
    closed_ = true;
    reactor_.impl().closers.erase(this);
    handshake_timer_.reset();
    handshake_.reset();
    output_.clear();
    encrypted_ = {};
    encrypted_sent_ = 0;
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    const auto session = std::move(session_);
    if (session) session->on_closed();
    on_end_();
}

}  // namespace weir::runtime
