// Fuzzes what a client can send: a header and, by what it says, any request; and each response as weir's own.
#include "protocols/kafka/wire/frame.hpp"
#include "support/kafka_message_types.hpp"

namespace weir::kafka {
namespace {

// What is read must be written and read again as the same: only unknown tags and explicit defaults get lost,
// once.
void round_trip(bool is_request, std::int16_t key, std::int16_t version, ByteView body) {
    for (const auto& type : test::kafka_message_types()) {
        if (type.is_request != is_request || type.api->key != key) continue;
        const auto once = type.rewrite(body, version);
        if (!once) return;
        const auto again = type.rewrite(*once, version);
        ASSERT(again.has_value());
        ASSERT(*again == *once);
        ASSERT(once->size() <= 4 * body.size() + 64);
    }
}

void fuzz_request(ByteView frame) {
    const auto header = take_request_header(frame);
    if (header) round_trip(true, header->api_key, header->api_version, frame);
}

void fuzz_response(ByteView frame) {
    if (frame.size() < 4) return;
    const auto key = load_big<std::int16_t>(frame.data());
    const auto version = load_big<std::int16_t>(frame.data() + 2);
    round_trip(false, key, version, frame.subspan(4));
}

}  // namespace
}  // namespace weir::kafka

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const weir::ByteView input{data, size};
    if (input.empty()) return 0;
    if (input[0] & 1)
        weir::kafka::fuzz_response(input.subspan(1));
    else
        weir::kafka::fuzz_request(input.subspan(1));
    return 0;
}
