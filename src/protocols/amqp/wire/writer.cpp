// The parts of writing that are rarely reached: growing, and cutting what is too long.
#include "protocols/amqp/wire/writer.hpp"

#include <algorithm>

namespace weir::amqp {

namespace {

constexpr std::size_t smallest_growth = 128;  // bytes

}  // namespace

std::string_view Writer::cut(std::string_view text) {
    if (text.size() <= max_short_string) return text;
    auto size = max_short_string;
    while (size > 0 && (static_cast<std::uint8_t>(text[size]) & 0xc0) == 0x80) --size;
    return text.substr(0, size);
}

void Writer::grow(std::size_t size) {
    const auto used = position();
    // Capacity grows by halves by itself; the size must not, since all of it is set to zero.
    out_.resize(used + std::max(size, smallest_growth));
    at_ = out_.data() + used;
    end_ = out_.data() + out_.size();
}

}  // namespace weir::amqp
