// Any bytes as messages between nodes about topics: refused, or read and written as the same.
#include "base/assert.hpp"
#include "broker/group_positions.hpp"
#include "broker/topic_wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::broker;
    const ByteView body{data, size};
    if (const auto read = decode_topic_read(body)) {
        const auto bytes = encode(*read);
        ASSERT(decode_topic_read(bytes) == *read);
    }
    if (const auto piece = decode_topic_piece(body, nullptr)) {
        const auto bytes = encode(*piece);
        ASSERT(decode_topic_piece(bytes, nullptr)->batches.size() == piece->batches.size());
        (void)batches_of(*piece);
    }
    if (const auto append = decode_topic_append(body)) ASSERT(append->batch_at <= size);
    if (const auto position = decode_group_position(body))
        ASSERT(decode_group_position(encode(*position)) == *position);
    return 0;
}
