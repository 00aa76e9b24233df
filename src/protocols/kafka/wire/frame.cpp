// Headers of Kafka's requests and responses, and the words of decoding errors.
#include "protocols/kafka/wire/frame.hpp"

#include <fmt/format.h>

#include "protocols/kafka/wire/api_versions.hpp"

namespace weir::kafka {

namespace {

struct PlainHeader {
    RequestHeader& header;

    static void fields(auto& m, auto&& v) {
        v.field(m.header.api_key, {.name = "request_api_key"});
        v.field(m.header.api_version, {.name = "request_api_version"});
        v.field(m.header.correlation_id, {.name = "correlation_id"});
        v.field(m.header.client_id, {.name = "client_id", .nullable = always});
    }
};

Error header_error(const Reader& reader) {
    return {Errc::corrupt, "a request's header: " + reader.problem()};
}

}  // namespace

std::int16_t request_header_version(const Api& api, std::int16_t version) {
    return api.flexible.has(version) ? 2 : 1;
}

std::int16_t response_header_version(const Api& api, std::int16_t version) {
    return api.flexible.has(version) && api.key != api_versions_api.key ? 1 : 0;
}

Result<RequestHeader> take_request_header(ByteView& frame) {
    RequestHeader header;
    Reader reader(frame, 0, false);
    PlainHeader plain{header};
    reader.message(plain);
    if (!reader.ok()) return header_error(reader);
    const auto* api = find_api(header.api_key);
    if (api == nullptr) {
        return Error{Errc::unsupported, fmt::format("weir has no Kafka API with key {}", header.api_key)};
    }
    if (request_header_version(*api, header.api_version) == 2) reader.skip_tagged_fields();
    if (!reader.ok()) return header_error(reader);
    frame = reader.rest();
    return header;
}

Result<std::int32_t> take_response_header(ByteView& frame, const Api& api, std::int16_t version) {
    Reader reader(frame, 0, false);
    std::int32_t correlation_id = 0;
    reader.field(correlation_id, {.name = "correlation_id"});
    if (response_header_version(api, version) == 1) reader.skip_tagged_fields();
    if (!reader.ok()) return detail::decoding_error(api, version, "response", reader);
    frame = reader.rest();
    return correlation_id;
}

namespace detail {

Error decoding_error(const Api& api, std::int16_t version, std::string_view kind, const Reader& reader) {
    return {Errc::corrupt, fmt::format("{} v{} {}: {}", api.name, version, kind, reader.problem())};
}

Error version_error(const Api& api, std::int16_t version) {
    return {Errc::unsupported, fmt::format("{} v{} is not served: use a version from {} to {}", api.name,
                                           version, api.versions.min, api.versions.max)};
}

FrameStart begin_frame(Bytes& out, const std::vector<Gap>* gaps) {
    const FrameStart start{out.size(), gaps ? gaps->size() : 0};
    out.resize(out.size() + sizeof(std::int32_t));
    return start;
}

void end_frame(Bytes& out, const std::vector<Gap>* gaps, FrameStart start) {
    auto size = out.size() - start.position - sizeof(std::int32_t);
    for (auto i = start.gaps; gaps && i < gaps->size(); ++i) size += (*gaps)[i].size;
    ASSERT(size <= INT32_MAX);
    store_big(out.data() + start.position, static_cast<std::int32_t>(size));
}

void put_request_header(Bytes& out, const Api& api, const RequestHeader& header) {
    Writer writer(out, 0, false);
    RequestHeader copy = header;
    copy.api_key = api.key;
    writer.message(PlainHeader{copy});
    if (request_header_version(api, header.api_version) == 2) writer.no_tagged_fields();
    writer.finish();
}

void put_response_header(Bytes& out, const Api& api, std::int16_t version, std::int32_t correlation_id) {
    Writer writer(out, 0, false);
    writer.number(correlation_id);
    if (response_header_version(api, version) == 1) writer.no_tagged_fields();
    writer.finish();
}

}  // namespace detail
}  // namespace weir::kafka
