// The UTF-8 check, with a short way for ASCII.
#include "protocols/amqp/wire/utf8.hpp"

#include <cstdint>

namespace weir::amqp {

namespace {

struct Form {
    std::size_t size;       // in bytes
    std::uint32_t payload;  // of the first byte
    std::uint32_t least;    // the smallest character that needs so many bytes
};

Form form_of(std::uint8_t first) {
    if (first >> 5 == 0b110) return {2, first & 0x1fu, 0x80};
    if (first >> 4 == 0b1110) return {3, first & 0x0fu, 0x800};
    if (first >> 3 == 0b11110) return {4, first & 0x07u, 0x10000};
    return {0, 0, 0};
}

// The size of the character at the front of `text`, which is not ASCII; 0 if it is none.
std::size_t character(std::string_view text) {
    const auto form = form_of(static_cast<std::uint8_t>(text[0]));
    if (form.size == 0 || form.size > text.size()) return 0;
    auto value = form.payload;
    for (const char c : text.substr(1, form.size - 1)) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte >> 6 != 0b10) return 0;
        value = value << 6 | (byte & 0x3fu);
    }
    const bool surrogate = value >= 0xd800 && value < 0xe000;
    return value < form.least || value > 0x10ffff || surrogate ? 0 : form.size;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto size = static_cast<std::uint8_t>(text[0]) < 0x80 ? 1 : character(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace weir::amqp
