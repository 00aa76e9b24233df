// Field by field, in order.
#include "broker/topic_wire.hpp"

#include "broker/queue/field_codec.hpp"

namespace weir::broker {

namespace {

using queue::FieldReader;
using queue::FieldWriter;

struct StartValue {
    std::int64_t operator()(FirstRecord) const { return 0; }
    std::int64_t operator()(LastBatch) const { return 0; }
    std::int64_t operator()(NextRecord) const { return 0; }
    std::int64_t operator()(Offset offset) const { return offset.value; }
    std::int64_t operator()(AtTime time) const { return time.timestamp_ms; }
};

Start start_of(std::uint64_t kind, std::int64_t value) {
    switch (kind) {
        case 0: return FirstRecord{};
        case 1: return LastBatch{};
        case 2: return NextRecord{};
        case 3: return Offset{value};
        default: return AtTime{value};
    }
}

FieldWriter begin(const Uuid& topic, PartitionId partition) {
    FieldWriter out;
    out.number(topic_wire_version).raw(topic.bytes).number(static_cast<std::uint64_t>(partition.value));
    return out;
}

Result<void> check_version(FieldReader& in) {
    const auto version = in.number();
    if (!in.ok()) return Error{Errc::corrupt, "a message about a topic is empty"};
    if (version == topic_wire_version) return {};
    return Error{Errc::unsupported, fmt::format("version {} of messages about topics is not known", version)};
}

Uuid read_uuid(FieldReader& in) {
    Uuid id;
    const auto bytes = in.raw(id.bytes.size());
    std::ranges::copy(bytes, id.bytes.begin());
    return id;
}

PartitionId read_partition(FieldReader& in) {
    return PartitionId{static_cast<std::int32_t>(in.number_up_to(INT32_MAX))};
}

Offset read_offset(FieldReader& in) {
    return Offset{static_cast<std::int64_t>(in.number_up_to(INT64_MAX))};
}

Error cut() {
    return {Errc::corrupt, "a message about a topic is not whole"};
}

}  // namespace

Bytes encode(const TopicRead& request) {
    auto out = begin(request.topic, request.partition);
    out.number(request.from.index()).signed_number(std::visit(StartValue{}, request.from));
    out.number(request.most_bytes).signed_number(request.wait_ms);
    return out.take();
}

Bytes encode(const TopicPiece& piece) {
    FieldWriter out;
    out.number(topic_wire_version);
    for (const auto offset : {piece.log_start, piece.end, piece.from})
        out.number(static_cast<std::uint64_t>(offset.value));
    return out.raw(piece.batches).take();
}

Bytes encode_append(const Uuid& topic, PartitionId partition, ByteView batch) {
    return begin(topic, partition).raw(batch).take();
}

Result<TopicRead> decode_topic_read(ByteView body) {
    FieldReader in{body};
    if (auto known = check_version(in); !known) return known.error();
    TopicRead request{.topic = read_uuid(in), .partition = read_partition(in), .from = {}};
    const auto kind = in.number_up_to(std::variant_size_v<Start> - 1);
    request.from = start_of(kind, in.signed_number());
    request.most_bytes = in.number();
    request.wait_ms = in.signed_number();
    if (!in.at_end()) return cut();
    return request;
}

Result<TopicPiece> decode_topic_piece(ByteView body, std::shared_ptr<const void> owner) {
    FieldReader in{body};
    if (auto known = check_version(in); !known) return known.error();
    TopicPiece piece{.log_start = read_offset(in), .end = read_offset(in), .from = read_offset(in)};
    piece.batches = in.raw(in.remaining());
    piece.owner = std::move(owner);
    if (!in.ok()) return cut();
    return piece;
}

Result<TopicAppend> decode_topic_append(ByteView body) {
    FieldReader in{body};
    if (auto known = check_version(in); !known) return known.error();
    TopicAppend request{.topic = read_uuid(in), .partition = read_partition(in)};
    request.batch_at = body.size() - in.remaining();
    if (!in.ok()) return cut();
    return request;
}

}  // namespace weir::broker
