// A plain TCP Connection; seen by runtime/ alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "runtime/connection.hpp"
#include "runtime/output_queue.hpp"
#include "runtime/reactor_impl.hpp"
#include "runtime/read_pace.hpp"

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
    std::size_t unsent_bytes() const override { return output_.unsent_bytes(); }
    void pause_reading() override { paused_ = true; }
    void resume_reading() override;
    void close() override;
    bool closed() const override { return closed_; }
    Reactor& reactor() override { return reactor_; }
    const Endpoint& peer() const override { return peer_; }
    const Endpoint& local() const override { return local_; }
    std::string_view failure() const override { return failure_; }

  private:
    enum class Sent { some, blocked, failed };

    void read();
    void on_read(std::size_t count);
    void gather();
    void end(const boost::system::error_code& error);
    void flush_later();
    void flush();
    Sent send_parts();
    Sent send_bytes();
    Sent send_range();

    boost::asio::ip::tcp::socket socket_;
    Reactor& reactor_;
    Endpoint peer_;
    Endpoint local_;
    Task on_end_;
    std::shared_ptr<Session> session_;
    OutputQueue output_;
    ReadPace pace_;
    std::string failure_;
    bool reading_ = false;  // or about to
    bool paused_ = false;
    bool flush_queued_ = false;
    bool waiting_writable_ = false;
    bool closed_ = false;
};

}  // namespace weir::runtime
