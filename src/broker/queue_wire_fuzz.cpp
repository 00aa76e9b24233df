// Any bytes as requests or events of queues between nodes: refused, or read and written as the same.
#include "base/assert.hpp"
#include "broker/queue_wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::broker;
    const ByteView body{data, size};
    if (const auto message = decode_queue_requests(body)) {
        QueueRequestsWriter out{message->session, message->sequence};
        for (const auto& request : message->requests) out.add(request);
        const auto bytes = out.take();
        ASSERT(decode_queue_requests(bytes).has_value());
    }
    if (const auto events = decode_queue_events(body, nullptr)) {
        QueueEventsWriter out;
        for (const auto& event : *events) out.add(event);
        const auto bytes = out.take();
        ASSERT(decode_queue_events(bytes, nullptr).has_value());
    }
    (void)decode_queue_events_request(body);
    if (const auto reply = decode_reply(body))
        ASSERT(decode_reply(encode_reply(reply->address, reply->message)).has_value());
    return 0;
}
