// What client and server agree on before the connection opens.
#pragma once

#include <optional>

#include "protocols/amqp/amqp_error.hpp"
#include "protocols/amqp/settings.hpp"
#include "protocols/amqp/wire/frame.hpp"

namespace weir::amqp {

// 0 means without limit, and no heartbeats.
struct Tuning {
    std::uint16_t channel_max = 0;
    std::uint32_t frame_max = handshake_frame_max;
    std::uint16_t heartbeat_s = 0;
};

// What is wrong with the client's choice; nothing if it is taken as it is.
std::optional<AmqpError> check_tuning(const ConnectionTuneOk& chosen, const Settings& settings);

}  // namespace weir::amqp
