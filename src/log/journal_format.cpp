// Encoding and decoding the journal's rounds and entries.
#include "log/journal_format.hpp"

#include "base/crc32c.hpp"
#include "log/disk_bytes.hpp"

namespace weir::log {

namespace {

constexpr std::uint32_t entry_magic = 0x314a5257;  // "WRJ1"

bool known(std::uint8_t type) {
    return type >= 1 && type <= static_cast<std::uint8_t>(EntryType::cut);
}

}  // namespace

void encode_round_header(RoundHeader& header, std::uint8_t* out) {
    store_little(out, entry_magic);
    std::memcpy(out + 8, header.store.bytes.data(), header.store.bytes.size());
    store_little(out + 24, header.sequence);
    store_little(out + 32, header.durable_sequence);
    store_little(out + 40, header.payload_bytes);
    store_little(out + 44, header.entries);
    store_little(out + 48, header.payload_checksum);
    store_little(out + 52, header.previous);
    store_little(out + 56, header.time_ms);
    header.checksum = crc32c(ByteView{out + 8, round_header_size - 8});
    store_little(out + 4, header.checksum);
}

std::optional<RoundHeader> decode_round_header(ByteView bytes) {
    if (bytes.size() < round_header_size) return std::nullopt;
    ByteReader in{bytes.first(round_header_size)};
    if (in.take<std::uint32_t>() != entry_magic) return std::nullopt;
    RoundHeader header;
    header.checksum = in.take<std::uint32_t>();
    if (crc32c(bytes.subspan(8, round_header_size - 8)) != header.checksum) return std::nullopt;
    header.store = in.take_uuid();
    header.sequence = in.take<std::uint64_t>();
    header.durable_sequence = in.take<std::uint64_t>();
    header.payload_bytes = in.take<std::uint32_t>();
    header.entries = in.take<std::uint32_t>();
    header.payload_checksum = in.take<std::uint32_t>();
    header.previous = in.take<std::uint32_t>();
    header.time_ms = in.take<std::int64_t>();
    if (header.payload_bytes > largest_round) return std::nullopt;
    return header;
}

void encode_entry_header(const JournalEntry& entry, std::uint32_t data_bytes, std::uint8_t* out) {
    out[0] = static_cast<std::uint8_t>(entry.type);
    out[1] = entry.flags;
    store_little(out + 2, std::uint16_t{0});
    store_little(out + 4, entry.key.partition.value);
    std::memcpy(out + 8, entry.key.topic_id.bytes.data(), entry.key.topic_id.bytes.size());
    store_little(out + 24, entry.offset.value);
    store_little(out + 32, data_bytes);
    store_little(out + 36, std::uint32_t{0});
}

void put_description(Bytes& out, const LogDescription& description) {
    put(out, static_cast<std::uint8_t>(description.durability));
    put_text(out, description.label);
}

Result<LogDescription> decode_description(ByteView data) {
    ByteReader in{data};
    LogDescription description;
    const auto durability = in.take<std::uint8_t>();
    description.label = in.take_text();
    if (!in.ok() || durability > static_cast<std::uint8_t>(Durability::page_cache)) {
        return Error{Errc::corrupt, "a journal entry describes a log in a way this version does not know"};
    }
    description.durability = static_cast<Durability>(durability);
    return description;
}

Result<void> for_each_entry(const RoundHeader& header, ByteView payload,
                            const std::function<Result<void>(const JournalEntry&)>& take) {
    ByteReader in{payload};
    for (std::uint32_t i = 0; i < header.entries; ++i) {
        JournalEntry entry;
        const auto type = in.take<std::uint8_t>();
        entry.type = static_cast<EntryType>(type);
        entry.flags = in.take<std::uint8_t>();
        in.take<std::uint16_t>();
        entry.key.partition = PartitionId{in.take<std::int32_t>()};
        entry.key.topic_id = in.take_uuid();
        entry.offset = Offset{in.take<std::int64_t>()};
        const auto bytes = in.take<std::uint32_t>();
        in.take<std::uint32_t>();
        entry.data = in.take_bytes(bytes);
        if (!in.ok() || !known(type)) {
            return Error{Errc::corrupt,
                         fmt::format("entry {} of journal round {} can't be read by this version", i,
                                     header.sequence)};
        }
        if (auto done = take(entry); !done) return done;
    }
    return {};
}

}  // namespace weir::log
