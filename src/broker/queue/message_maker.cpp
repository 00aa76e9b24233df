// A piece has the messages one behind the other, each followed by the bytes that it views.
#include "broker/queue/message_maker.hpp"

#include <algorithm>
#include <new>
#include <type_traits>

namespace weir::queue {
namespace {

constexpr std::size_t most_piece_bytes = std::size_t{32} << 10;  // but for a message that needs more
constexpr std::size_t unit = sizeof(std::uint64_t);
static_assert(alignof(Message) <= unit && sizeof(Message) % unit == 0);
static_assert(std::is_trivially_destructible_v<Message>, "pieces just go");

ByteView put(std::uint8_t*& at, ByteView bytes) {
    std::ranges::copy(bytes, at);
    return {std::exchange(at, at + bytes.size()), bytes.size()};
}

}  // namespace

MessagePtr MessageMaker::make(const Message& message) {
    const auto bytes = sizeof(Message) + (message.content_bytes() + unit - 1) / unit * unit;
    if (bytes > left_.size()) begin_piece(std::max(bytes, std::min(made_, most_piece_bytes)));
    std::uint8_t* const at = left_.data();
    std::uint8_t* end = at + sizeof(Message);
    const auto* made = new (at) Message{.exchange = as_text(put(end, as_bytes(message.exchange))),
                                        .key = as_text(put(end, as_bytes(message.key))),
                                        .properties = put(end, message.properties),
                                        .body = put(end, message.body)};
    left_ = left_.subspan(bytes);
    made_ += bytes;
    return {piece_, made};
}

void MessageMaker::begin_piece(std::size_t bytes) {
    piece_ = std::make_shared_for_overwrite<std::uint64_t[]>((bytes + unit - 1) / unit);
    left_ = {reinterpret_cast<std::uint8_t*>(piece_.get()), bytes};
}

void MessageMaker::rest() {
    piece_.reset();
    left_ = {};
    made_ = 0;
}

}  // namespace weir::queue
