// Kafka frames: headers, and whole requests and responses to and from bytes (docs/protocols/kafka-wire.md).
//
// A frame is a four-byte size and that many bytes. The session strips the size of what it reads; what is
// encoded here begins with it.
#pragma once

#include "protocols/kafka/wire/apis.hpp"
#include "protocols/kafka/wire/reader.hpp"
#include "protocols/kafka/wire/writer.hpp"

namespace weir::kafka {

struct RequestHeader {
    std::int16_t api_key = 0;
    std::int16_t api_version = 0;
    std::int32_t correlation_id = 0;
    std::optional<std::string_view> client_id;  // a view into the frame
};

// Header versions. A request's v2 adds tagged fields to v1 (its client id stays a non-compact string); v0
// belonged to a call that is gone. A response's v1 adds tagged fields to v0; ApiVersions always answers with
// v0, for its client does not know yet what the broker speaks (KIP-511).
std::int16_t request_header_version(const Api& api, std::int16_t version);
std::int16_t response_header_version(const Api& api, std::int16_t version);

// Takes the header off the front of a frame; the body stays in `frame`. Errors: `unsupported` for an API key
// that weir does not know, `corrupt`. A version that weir does not serve is no error here: ApiVersions must
// answer it.
Result<RequestHeader> take_request_header(ByteView& frame);

namespace detail {

Error decoding_error(const Api& api, std::int16_t version, std::string_view kind, const Reader& reader);
Error version_error(const Api& api, std::int16_t version);

template <class M>
Result<M> decode(ByteView body, std::int16_t version, std::string_view kind) {
    if (!M::api.versions.has(version)) return version_error(M::api, version);
    Reader reader(body, version, M::api.flexible.has(version));
    M message;
    reader.message(message);
    // Bytes after the last field are ignored, as Kafka does: librdkafka 2.16 sends some (Metadata v12 for all
    // topics).
    if (!reader.ok()) return decoding_error(M::api, version, kind, reader);
    return message;
}

// Where a frame begins in a buffer, and how many gaps the buffer had by then.
struct FrameStart {
    std::size_t position;
    std::size_t gaps;
};
FrameStart begin_frame(Bytes& out, const std::vector<Gap>* gaps);
// Writes the frame's size, bytes in gaps included, in front of it.
void end_frame(Bytes& out, const std::vector<Gap>* gaps, FrameStart start);
void put_request_header(Bytes& out, const Api& api, const RequestHeader& header);
void put_response_header(Bytes& out, const Api& api, std::int16_t version, std::int32_t correlation_id);

template <class M>
void put_body(Bytes& out, const M& message, std::int16_t version, std::vector<Gap>* gaps) {
    ASSERT(M::api.versions.has(version));
    Writer writer(out, version, M::api.flexible.has(version), gaps);
    writer.message(message);
    writer.finish();
}

}  // namespace detail

// A request's body, as take_request_header left it. The result's strings and bytes are views into it.
// Errors: `unsupported` version, or `corrupt`; the text names API, version, field and byte.
template <class M>
Result<M> decode_request(const RequestHeader& header, ByteView body) {
    return detail::decode<M>(body, header.api_version, "request");
}

// Appends a whole response frame to `out`. Records may leave bytes out only if `gaps` is given: it gets,
// appended, the places in `out` where those bytes are to be sent.
template <class M>
void encode_response(Bytes& out, const RequestHeader& request, const M& message,
                     std::vector<Gap>* gaps = nullptr) {
    const auto start = detail::begin_frame(out, gaps);
    detail::put_response_header(out, M::api, request.api_version, request.correlation_id);
    detail::put_body(out, message, request.api_version, gaps);
    detail::end_frame(out, gaps, start);
}

// The client's side, for tools and tests.
template <class M>
void encode_request(Bytes& out, const RequestHeader& header, const M& message) {
    const auto start = detail::begin_frame(out, nullptr);
    detail::put_request_header(out, M::api, header);
    detail::put_body(out, message, header.api_version, nullptr);
    detail::end_frame(out, nullptr, start);
}
// Takes the header off a response frame (without its size) and gives the correlation id.
Result<std::int32_t> take_response_header(ByteView& frame, const Api& api, std::int16_t version);
template <class M>
Result<M> decode_response(std::int16_t version, ByteView body) {
    return detail::decode<M>(body, version, "response");
}

}  // namespace weir::kafka
