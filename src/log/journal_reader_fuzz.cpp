// Fuzzes the journal reader: any bytes end the journal or are refused, none harm.
#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "log/journal_reader.hpp"
#include "log/layout.hpp"
#include "support/faulty_file_system.hpp"

using namespace weir;
using namespace weir::log;

namespace {

void take_entries(const RoundHeader& header, ByteView payload) {
    (void)for_each_entry(header, payload, [](const JournalEntry& entry) -> Result<void> {
        if (entry.type == EntryType::description) (void)decode_description(entry.data);
        return {};
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes{data, size};
    test::FaultyFileSystem files;
    auto file = files.open(journal_name(1), runtime::OpenMode::create).value();
    // The bytes as they are, and as the payload of a round with right checksums.
    RoundHeader header{.sequence = 1,
                       .payload_bytes = static_cast<std::uint32_t>(size),
                       .entries = size > 0 ? data[0] : 0u,
                       .payload_checksum = crc32c(bytes)};
    Bytes start(round_header_size);
    encode_round_header(header, start.data());
    ASSERT(file->write(0, start) && file->write(round_header_size, bytes));
    ASSERT(file->write(header.size(), bytes));
    JournalReader reader{files, ".", Uuid{}, {}};
    for (auto round = reader.next(); round && *round; round = reader.next())
        take_entries((*round)->header, (*round)->payload);
    (void)reader.check_end();
    return 0;
}
