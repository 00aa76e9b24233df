// Copies messages that come together into a few pieces of memory, where each of its own would cost more than
// what is done with the message.
#pragma once

#include "broker/queue/queue_message.hpp"

namespace weir::queue {

// For one thread; the messages live by themselves. One keeps the piece that it lies in, which is no larger
// than what was made before it since the last rest().
class MessageMaker {
  public:
    MessagePtr make(const Message& message);
    // No more come together with those before.
    void rest();

  private:
    void begin_piece(std::size_t bytes);

    std::shared_ptr<std::uint64_t[]> piece_;
    ByteSpan left_;         // of it
    std::size_t made_ = 0;  // bytes, since the last rest
};

inline MessagePtr copied(const Message& message) {
    return MessageMaker{}.make(message);
}

}  // namespace weir::queue
