// What a client proves itself with: the SASL mechanisms PLAIN (RFC 4616), AMQPLAIN and
// ANONYMOUS.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace weir::amqp {

inline constexpr std::string_view offered_mechanisms = "PLAIN AMQPLAIN ANONYMOUS";

// Views the response it was read from.
struct Credentials {
    std::string_view mechanism;
    std::string_view user;
    std::string_view password;
};

// Reads connection.start-ok's response. Errors: unsupported (no such mechanism), corrupt (the response is
// not the mechanism's); each with RabbitMQ's words, and never with the response itself.
Result<Credentials> decode_credentials(std::string_view mechanism, std::string_view response);

}  // namespace weir::amqp
