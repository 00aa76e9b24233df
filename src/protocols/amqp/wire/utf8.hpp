// Whether bytes are UTF-8 text (RFC 3629): no overlong forms, no surrogates.
#pragma once

#include <string_view>

namespace weir::amqp {

inline constexpr std::string_view not_utf8 = "Malformed UTF-8 in shortstr";  // RabbitMQ's words

bool is_utf8(std::string_view text);

}  // namespace weir::amqp
