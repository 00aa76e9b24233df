// Fuzzes what a client can send: a header and, by what it says, any request; and each response as weir's own.
#include "protocols/kafka/wire/frame.hpp"
#include "protocols/kafka/wire/messages.hpp"

namespace weir::kafka {
namespace {

template <class M>
Bytes encoded(const M& message, std::int16_t version) {
    Bytes out;
    detail::put_body(out, message, version, nullptr);
    return out;
}

// What is read must be written and read again as the same: only unknown tags and explicit defaults get lost,
// once.
template <class M>
void round_trip(ByteView body, std::int16_t version) {
    const auto message = detail::decode<M>(body, version, "fuzzed");
    if (!message) return;
    const auto once = encoded(*message, version);
    const auto again = detail::decode<M>(once, version, "fuzzed");
    ASSERT(again.has_value());
    ASSERT(encoded(*again, version) == once);
    ASSERT(once.size() <= 4 * body.size() + 64);
}

void fuzz_request(ByteView frame) {
    const auto header = take_request_header(frame);
    if (!header) return;
    for_each_api([&]<class Request, class Response>(MessageType<Request>, MessageType<Response>) {
        if (Request::api.key == header->api_key) round_trip<Request>(frame, header->api_version);
    });
}

void fuzz_response(ByteView frame) {
    if (frame.size() < 4) return;
    const auto key = load_big<std::int16_t>(frame.data());
    const auto version = load_big<std::int16_t>(frame.data() + 2);
    frame = frame.subspan(4);
    for_each_api([&]<class Request, class Response>(MessageType<Request>, MessageType<Response>) {
        if (Response::api.key == key) round_trip<Response>(frame, version);
    });
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
