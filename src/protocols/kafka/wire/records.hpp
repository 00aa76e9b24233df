// The records of a response: bytes at hand, and a count of bytes that the session sends from a file.
#pragma once

#include <cstddef>

#include "base/bytes.hpp"

namespace weir::kafka {

// `bytes` are copied into the encoded response. `left_out` more bytes belong right behind them; the Writer
// counts them in every length but leaves them out and notes a Gap. Written, null does not exist; read, null
// is empty and `bytes` is a view into the frame.
struct Records {
    ByteView bytes;
    std::size_t left_out = 0;

    std::size_t size() const { return bytes.size() + left_out; }
    bool empty() const { return size() == 0; }
};

// Where `size` bytes are missing from an encoded response: right before the byte at `position` of the output.
// Gaps come in the order of the Records that left something out.
struct Gap {
    std::size_t position = 0;
    std::size_t size = 0;
};

}  // namespace weir::kafka
