// The eight bytes with which a client opens: which protocol it speaks (AMQP 0-9-1 section 4.2.2).
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.hpp"

namespace weir::amqp {

inline constexpr std::size_t protocol_header_size = 8;
using ProtocolHeader = std::array<std::uint8_t, protocol_header_size>;
inline constexpr ProtocolHeader amqp_0_9_1_header{'A', 'M', 'Q', 'P', 0, 0, 9, 1};
inline constexpr ProtocolHeader amqp_1_0_header{'A', 'M', 'Q', 'P', 3, 1, 0, 0};  // with SASL

enum class Greeting {
    amqp_0_9_1,  // or 0-9, which is alike enough
    amqp_1_0,    // with SASL
    other_0_9,   // a later revision of 0-9, or something that claims to be one
    other_amqp,  // another version of AMQP
    http,
    tls,
    unknown,
};

// What the first eight bytes of a connection say.
Greeting greeting_of(ByteView header);

// Why a client with that greeting is sent away, for the log.
std::string_view refusal_of(Greeting greeting);

}  // namespace weir::amqp
