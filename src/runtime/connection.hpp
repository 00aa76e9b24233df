// One accepted TCP connection on its reactor: bytes in to a session, bytes and file ranges out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "runtime/endpoint.hpp"
#include "runtime/file.hpp"
#include "runtime/reactor.hpp"

namespace weir::runtime {

// A protocol's side of a connection. All calls come on the connection's reactor.
class Session {
  public:
    virtual ~Session() = default;
    // Where the next bytes shall go: never empty, and left alone until on_read.
    virtual ByteSpan read_buffer() = 0;
    // `count` bytes have been put there.
    virtual void on_read(std::size_t count) = 0;
    // All that was sent has been taken by the kernel.
    virtual void on_sent() {}
    // The connection has ended, by whatever side; the last call.
    virtual void on_closed() = 0;
};

// All methods only on the connection's reactor.
class Connection {
  public:
    virtual ~Connection() = default;

    // Queues output; what is queued within one turn of the reactor leaves in as few system calls as possible.
    // Ignored once closed.
    virtual void send(Bytes bytes) = 0;
    virtual void send_file(std::shared_ptr<File> file, std::uint64_t position, std::uint64_t size) = 0;
    // Bytes queued and not yet taken by the kernel.
    virtual std::size_t unsent_bytes() const = 0;

    // Stops and restarts calling read_buffer/on_read: back-pressure on the peer.
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;

    // Ends the connection; what was sent before still leaves if the kernel takes it at once.
    virtual void close() = 0;
    virtual bool closed() const = 0;

    virtual Reactor& reactor() = 0;
    virtual const Endpoint& peer() const = 0;
    virtual const Endpoint& local() const = 0;  // the address that the peer connected to
};

}  // namespace weir::runtime
