// The text of a close.
#include "protocols/amqp/amqp_error.hpp"

#include <fmt/format.h>

namespace weir::amqp {

std::string reply_text(const AmqpError& error) {
    auto text = fmt::format("{} - {}", name(error.code), error.explanation);
    if (text.size() <= max_short_string) return text;
    auto end = max_short_string - 3;
    while ((static_cast<std::uint8_t>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end) + "...";
}

}  // namespace weir::amqp
