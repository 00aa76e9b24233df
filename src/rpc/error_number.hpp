// Errors on the wire: each Errc has a number that never changes.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace weir::rpc {

inline constexpr std::size_t max_error_text_bytes = 1024;  // more is cut off

std::uint16_t error_number(Errc code);
// A number that is not known (a newer weir sent it) is `internal`.
Errc error_code(std::uint16_t number);

// An error frame's body: the message, in UTF-8.
Bytes encode_error_text(const Error& error);
Error decode_error(std::uint16_t number, ByteView text);

}  // namespace weir::rpc
