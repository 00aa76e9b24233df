// One TCP connection on its reactor, accepted or made, plain or TLS: bytes in to a session, bytes and file
// ranges out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "runtime/certificate.hpp"
#include "runtime/endpoint.hpp"
#include "runtime/file.hpp"
#include "runtime/reactor.hpp"

namespace weir::runtime {

class Connection;

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

// Makes the session of a new connection, on that connection's reactor; of a TLS one after its handshake. It
// may send, but not close, which the session can do once it has been returned.
using SessionFactory = std::function<std::shared_ptr<Session>(std::shared_ptr<Connection>)>;

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
    virtual const Endpoint& local() const = 0;  // this side's address: what the peer connected to
    // What the peer has proved to be, by a certificate that was verified; null if it has none.
    virtual const CertificateFacts* peer_certificate() const { return nullptr; }
    // What went wrong, once a connection has ended by an error; empty if it just ended.
    virtual std::string_view failure() const = 0;
};

}  // namespace weir::runtime
