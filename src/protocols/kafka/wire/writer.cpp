// The parts of the Writer that need not be templates: growing the buffer, sizes put in later.
#include "protocols/kafka/wire/writer.hpp"

#include <algorithm>

namespace weir::kafka {

void Writer::grow(std::size_t size) {
    constexpr std::size_t least = 256;
    const auto used = position();
    out_.resize(std::max({used + size, used + used / 2, used + least}));
    at_ = out_.data() + used;
    end_ = out_.data() + out_.size();
}

std::size_t Writer::cut(std::string_view text) {
    if (text.size() <= max_string) return text.size();
    std::size_t size = max_string;
    while (size > 0 && (static_cast<std::uint8_t>(text[size]) & 0xc0) == 0x80) --size;
    return size;
}

void Writer::insert_size(std::size_t start) {
    const auto size = position() - start;
    const auto end = position();
    uvarint(static_cast<std::uint32_t>(size));
    std::rotate(out_.data() + start, out_.data() + end, at_);
}

}  // namespace weir::kafka
