// Making room for what comes.
#include "protocols/amqp/input_buffer.hpp"

#include <algorithm>

namespace weir::amqp {

namespace {

constexpr std::size_t first_bytes = 4096;
constexpr std::size_t min_room = 2048;
constexpr std::size_t busy_bytes = 65'536;  // what a connection gets that fills all it has

}  // namespace

ByteSpan InputBuffer::room(bool busy) {
    if (begin_ > 0 && (begin_ == end_ || bytes_.size() - end_ < min_room)) {
        std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    const bool more = busy && filled_ && bytes_.size() < busy_bytes;
    if (more || bytes_.size() - end_ < min_room) bytes_.resize(std::max(first_bytes, bytes_.size() * 2));
    return ByteSpan{bytes_}.subspan(end_);
}

}  // namespace weir::amqp
