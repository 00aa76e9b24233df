// What every connected socket needs, and the connections made of it; seen by runtime/ alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "runtime/endpoint.hpp"

namespace weir::runtime {

inline Endpoint to_endpoint(const boost::asio::ip::tcp::endpoint& endpoint) {
    return {endpoint.address().to_string(), endpoint.port()};
}

// Both ends of a socket that is connected and set up; nothing if its peer has gone already.
struct SocketEnds {
    Endpoint peer;
    Endpoint local;
};
inline std::optional<SocketEnds> prepare_socket(boost::asio::ip::tcp::socket& socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return std::nullopt;
    const auto local = socket.local_endpoint(error);
    socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
    socket.non_blocking(true, error);
    socket.native_non_blocking(true, error);
    return SocketEnds{to_endpoint(peer), to_endpoint(local)};
}

}  // namespace weir::runtime
