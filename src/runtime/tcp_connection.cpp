// TCP connections: Asio waits, sendmsg and sendfile move the bytes.
#include "runtime/tcp_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

#include "base/time.hpp"

namespace weir::runtime {

namespace {

constexpr std::size_t max_parts_per_call = 64;
constexpr std::uint64_t max_sendfile_bytes = std::uint64_t{1}
                                             << 20;  // so that one connection can't hold the reactor

}  // namespace

TcpConnection::TcpConnection(boost::asio::ip::tcp::socket socket, Reactor& reactor, Endpoint peer,
                             Endpoint local, Task on_end)
    : socket_(std::move(socket)),
      reactor_(reactor),
      peer_(std::move(peer)),
      local_(std::move(local)),
      on_end_(std::move(on_end)) {}

void TcpConnection::start(std::shared_ptr<Session> session) {
    session_ = std::move(session);
    reactor_.impl().closers[this] = [self = shared_from_this()] { self->close(); };
    read();
}

void TcpConnection::read() {
    if (closed_ || reading_ || paused_) return;
    reading_ = true;
    const auto target = session_->read_buffer();
    pace_.begin(target.size(), system_clock().monotonic_us());
    socket_.async_read_some(
        boost::asio::buffer(target.data(), target.size()),
        [self = shared_from_this()](const boost::system::error_code& error, std::size_t count) {
            if (self->closed_) return;
            if (error) return self->end(error);
            self->on_read(count);
        });
}

void TcpConnection::on_read(std::size_t count) {
    const bool gathers = pace_.read(count, system_clock().monotonic_us());
    session_->on_read(count);
    if (closed_) return;
    if (gathers) return gather();
    reading_ = false;
    read();
}

void TcpConnection::gather() {
    reactor_.impl().after_nap.push_back([self = shared_from_this()] {
        if (self->closed_) return;
        if (self->pace_.goes_on(system_clock().monotonic_us())) return self->gather();
        self->reading_ = false;
        self->read();
    });
}

void TcpConnection::end(const boost::system::error_code& error) {
    if (error != boost::asio::error::eof) failure_ = error.message();
    close();
}

void TcpConnection::resume_reading() {
    paused_ = false;
    read();
}

void TcpConnection::send(Bytes bytes) {
    if (closed_) return;
    pace_.sent(bytes.size());
    output_.push(std::move(bytes));
    flush_later();
}

void TcpConnection::send_file(std::shared_ptr<File> file, std::uint64_t position, std::uint64_t size) {
    if (closed_) return;
    pace_.sent(size);
    output_.push(std::move(file), position, size);
    flush_later();
}

void TcpConnection::flush_later() {
    if (flush_queued_ || waiting_writable_ || output_.empty()) return;
    flush_queued_ = true;
    reactor_.at_end_of_turn([self = shared_from_this()] {
        self->flush_queued_ = false;
        self->flush();
    });
}

void TcpConnection::flush() {
    if (closed_ || output_.empty()) return;
    switch (send_parts()) {
        case Sent::failed: return close();
        case Sent::some:
            if (output_.empty()) return session_->on_sent();
            [[fallthrough]];
        case Sent::blocked:
            waiting_writable_ = true;
            socket_.async_wait(boost::asio::ip::tcp::socket::wait_write,
                               [self = shared_from_this()](const boost::system::error_code& error) {
                                   self->waiting_writable_ = false;
                                   if (!error) self->flush();
                               });
    }
}

// Sends until nothing is left, the kernel takes no more, or this connection has had its share of the turn.
TcpConnection::Sent TcpConnection::send_parts() {
    for (std::uint64_t sent_files = 0; !output_.empty() && sent_files < 4;) {
        const bool is_file = output_.front().file != nullptr;
        const auto outcome = is_file ? send_range() : send_bytes();
        if (outcome != Sent::some) return outcome;
        sent_files += is_file;
    }
    return Sent::some;
}

TcpConnection::Sent TcpConnection::send_bytes() {
    std::array<iovec, max_parts_per_call> vectors;
    std::size_t count = 0;
    bool file_follows = false;
    for (auto& part : output_) {
        file_follows = part.file != nullptr;
        if (file_follows || count == vectors.size()) break;
        vectors[count++] = {part.bytes.data() + part.position, part.left()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const auto sent =
        ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | (file_follows ? MSG_MORE : 0));
    if (sent < 0) return errno == EAGAIN || errno == EINTR ? Sent::blocked : Sent::failed;
    output_.take(static_cast<std::uint64_t>(sent));
    return Sent::some;
}

TcpConnection::Sent TcpConnection::send_range() {
    auto& part = output_.front();
    auto position = static_cast<off_t>(part.position);
    const auto wanted = std::min(part.left(), max_sendfile_bytes);
    const auto sent = ::sendfile(socket_.native_handle(), part.file->descriptor(), &position, wanted);
    if (sent < 0) return errno == EAGAIN || errno == EINTR ? Sent::blocked : Sent::failed;
    if (sent == 0) return Sent::failed;  // the file is shorter than was promised to the peer
    output_.take(static_cast<std::uint64_t>(sent));
    return Sent::some;
}

void TcpConnection::close() {
    if (closed_) return;
    const auto self = shared_from_this();  // the session may let go of its reference
    if (!output_.empty()) (void)send_parts();
    closed_ = true;
    reactor_.impl().closers.erase(this);
    output_.clear();
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    const auto session = std::move(session_);
    if (session) session->on_closed();
    on_end_();
}

}  // namespace weir::runtime
