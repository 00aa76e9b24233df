// Copies between records and what batches are made of; the hash of keys.
#include "broker/message/record.hpp"

namespace weir::message {

namespace {

Bytes copy(ByteView bytes) {
    return {bytes.begin(), bytes.end()};
}

std::optional<ByteView> view(const std::optional<Bytes>& bytes) {
    return bytes ? std::optional{ByteView{*bytes}} : std::nullopt;
}

// As Kafka's clients compute it: 32 bits, with their seed.
std::uint32_t murmur2(ByteView data) {
    constexpr std::uint32_t mix = 0x5bd1e995;
    constexpr int shift = 24;
    auto hash = 0x9747b28c ^ static_cast<std::uint32_t>(data.size());
    for (; data.size() >= 4; data = data.subspan(4)) {
        auto word = load_little<std::uint32_t>(data.data()) * mix;
        word = (word ^ (word >> shift)) * mix;
        hash = hash * mix ^ word;
    }
    if (!data.empty()) {
        for (std::size_t i = 0; i < data.size(); ++i) hash ^= std::uint32_t{data[i]} << (8 * i);
        hash *= mix;
    }
    hash = (hash ^ (hash >> 13)) * mix;
    return hash ^ (hash >> 15);
}

}  // namespace

std::size_t Record::content_bytes() const {
    std::size_t bytes = (key ? key->size() : 0) + (value ? value->size() : 0);
    for (const auto& one : headers) bytes += one.name.size() + (one.value ? one.value->size() : 0);
    return bytes;
}

Record owned(const RecordView& view) {
    Record record{.timestamp_ms = view.timestamp_ms, .key = {}, .value = {}, .headers = {}};
    if (view.key) record.key = copy(*view.key);
    if (view.value) record.value = copy(*view.value);
    for (const auto& one : view.headers()) {
        auto& header = record.headers.emplace_back(std::string{one.key}, std::nullopt);
        if (one.value) header.value = copy(*one.value);
    }
    return record;
}

void add(BatchBuilder& batch, const Record& record) {
    std::vector<HeaderView> headers;
    headers.reserve(record.headers.size());
    for (const auto& one : record.headers) headers.push_back({one.name, view(one.value)});
    batch.add(record.timestamp_ms, view(record.key), view(record.value), headers);
}

std::int32_t partition_of(ByteView key, std::int32_t partitions) {
    return static_cast<std::int32_t>(murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace weir::message
