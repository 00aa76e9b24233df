// The TCP Connection that the Listener makes; seen by runtime/ alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <deque>

#include "runtime/connection.hpp"
#include "runtime/reactor_impl.hpp"

namespace weir::runtime {

class TcpConnection final : public Connection, public std::enable_shared_from_this<TcpConnection> {
  public:
    // `on_end` is called once, when the connection has closed.
    TcpConnection(boost::asio::ip::tcp::socket socket, Reactor& reactor, Endpoint peer, Endpoint local,
                  Task on_end);

    // Starts reading for `session`, which the connection keeps until it closes.
    void start(std::shared_ptr<Session> session);

    void send(Bytes bytes) override;
    void send_file(std::shared_ptr<File> file, std::uint64_t position, std::uint64_t size) override;
    std::size_t unsent_bytes() const override { return unsent_bytes_; }
    void pause_reading() override { paused_ = true; }
    void resume_reading() override;
    void close() override;
    bool closed() const override { return closed_; }
    Reactor& reactor() override { return reactor_; }
    const Endpoint& peer() const override { return peer_; }
    const Endpoint& local() const override { return local_; }

  private:
    // A piece of output: bytes, or a range of a file.
    struct Part {
        Bytes bytes;
        std::shared_ptr<File> file;
        std::uint64_t position = 0;  // of the first byte not yet sent, in `bytes` or in the file
        std::uint64_t end = 0;
    };
    enum class Sent { some, blocked, failed };

    void read();
    void queue(Part part);
    void flush();
    Sent send_parts();
    Sent send_bytes();
    Sent send_range();
    void take(std::uint64_t count);

    boost::asio::ip::tcp::socket socket_;
    Reactor& reactor_;
    Endpoint peer_;
    Endpoint local_;
    Task on_end_;
    std::shared_ptr<Session> session_;
    std::deque<Part> output_;
    std::size_t unsent_bytes_ = 0;
    bool reading_ = false;
    bool paused_ = false;
    bool flush_queued_ = false;
    bool waiting_writable_ = false;
    bool closed_ = false;
};

}  // namespace weir::runtime
