// The bytes of a connection that have come and not been used up yet.
#pragma once

#include "base/bytes.hpp"

namespace weir::amqp {

// Grows only when what it has room for has really come.
class InputBuffer {
  public:
    // Where the next bytes shall go; never empty. There is more room for a connection that may be `busy`, and
    // has filled all it had.
    ByteSpan room(bool busy);
    void received(std::size_t count) {
        filled_ = end_ + count == bytes_.size();
        end_ += count;
    }

    ByteView view() const { return ByteView{bytes_}.subspan(begin_, end_ - begin_); }
    // `count` bytes from the front have been used; views stay good until room() is called.
    void consume(std::size_t count) { begin_ += count; }

  private:
    Bytes bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool filled_ = false;  // by the last bytes that came: more may be waiting
};

}  // namespace weir::amqp
