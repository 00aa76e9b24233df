// What AMQP's clients call the addresses of direct replies.
#pragma once

#include <string_view>

namespace weir::amqp {

// The pseudo-queue that a client consumes from to get replies; an address is this, a dot and the broker's.
inline constexpr std::string_view direct_reply_queue = "amq.rabbitmq.reply-to";

// "": the key is no address.
std::string_view direct_reply_address(std::string_view key);

}  // namespace weir::amqp
