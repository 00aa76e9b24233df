// Records of the metadata log as bytes.
#include "consensus/record_format.hpp"

#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

constexpr std::string_view log_magic = "weirmeta";
constexpr std::uint32_t log_version = 1;
constexpr std::size_t log_fields_size = 16 + 8 + 8;
static_assert(log_header_size == block_overhead + log_fields_size);

// Where a record's fields lie: checksum, length, index, term, kind.
constexpr std::size_t length_at = 4, index_at = 8, term_at = 16, kind_at = 24;

}  // namespace

Bytes encode_log_header(const LogHeader& header) {
    Bytes fields(log_fields_size);
    std::ranges::copy(header.cluster_id.bytes, fields.begin());
    store_little(fields.data() + 16, header.first);
    store_little(fields.data() + 24, header.previous_term);
    return seal_block(log_magic, log_version, fields);
}

Result<LogHeader> decode_log_header(ByteView file, const std::string& path) {
    const auto fields = open_block(log_magic, log_version, file, log_fields_size, path);
    if (!fields) return fields.error();
    LogHeader out;
    std::ranges::copy(fields->first(16), out.cluster_id.bytes.begin());
    out.first = load_little<std::uint64_t>(fields->data() + 16);
    out.previous_term = load_little<std::uint64_t>(fields->data() + 24);
    if (out.first == 0) return damaged(path, 0, "its first index is 0");
    return out;
}

std::uint32_t log_header_chain(ByteView header) {
    return load_little<std::uint32_t>(header.data() + log_header_size - 4);
}

void put_record(Bytes& out, std::uint32_t& chain, const Record& record) {
    ASSERT(record.command.size() <= max_command_bytes);
    const auto start = out.size();
    out.resize(start + record_header_size);
    out.insert(out.end(), record.command.begin(), record.command.end());
    auto* at = out.data() + start;
    store_little(at + length_at, static_cast<std::uint32_t>(record.command.size()));
    store_little(at + index_at, record.at.index);
    store_little(at + term_at, record.at.term);
    store_little(at + kind_at, static_cast<std::uint32_t>(record.kind));
    chain = crc32c(ByteView{out}.subspan(start + length_at), chain);
    store_little(at, chain);
}

std::optional<Record> RecordReader::next() {
    const auto rest = bytes_.subspan(consumed_);
    if (rest.size() < record_header_size) return std::nullopt;
    const auto* at = rest.data();
    const std::size_t length = load_little<std::uint32_t>(at + length_at);
    if (length > max_command_bytes || rest.size() - record_header_size < length) return std::nullopt;
    const auto checksum = crc32c(rest.subspan(length_at, record_header_size - length_at + length), chain_);
    if (load_little<std::uint32_t>(at) != checksum) return std::nullopt;
    const Record record{
        .at = {load_little<std::uint64_t>(at + index_at), load_little<std::uint64_t>(at + term_at)},
        .kind = static_cast<RecordKind>(load_little<std::uint32_t>(at + kind_at)),
        .command = rest.subspan(record_header_size, length)};
    if (record.at.index != previous_.index + 1 || record.at.term < previous_.term) return std::nullopt;
    chain_ = checksum;
    previous_ = record.at;
    consumed_ += record_header_size + length;
    return record;
}

}  // namespace weir::consensus
