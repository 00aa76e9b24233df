// The reader of metadata log files takes any bytes, and never gives more than lies in them. To get behind the
// checksums, a second pass lets the input choose what is written, cut and flipped.
#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "consensus/record_format.hpp"

namespace {

using namespace weir;
using namespace weir::consensus;

void read_raw(ByteView file) {
    const auto header = decode_log_header(file, "fuzz");
    if (!header) return;
    RecordReader reader{
        file.subspan(log_header_size), {header->first - 1, header->previous_term}, log_header_chain(file)};
    while (const auto record = reader.next()) ASSERT(record->command.size() <= max_command_bytes);
    ASSERT(log_header_size + reader.consumed() <= file.size());
}

void write_and_damage(ByteView input) {
    if (input.size() < 4) return;
    const std::size_t flip_at = load_little<std::uint16_t>(input.data());
    const auto flip = input[2];
    const std::size_t step = std::max<std::size_t>(input[3], 1);
    Bytes bytes;
    std::uint32_t chain = 0;
    std::vector<std::size_t> ends{0};
    LogIndex index = 0;
    for (auto rest = input.subspan(4); !rest.empty();) {
        const auto command = rest.first(std::min(step, rest.size()));
        rest = rest.subspan(command.size());
        put_record(bytes, chain, {.at = {++index, 1}, .command = command});
        ends.push_back(bytes.size());
    }
    if (flip_at < bytes.size()) bytes[flip_at] ^= flip;
    const auto expected = flip == 0 || flip_at >= bytes.size()
                              ? bytes.size()
                              : *std::prev(std::ranges::upper_bound(ends, flip_at));
    RecordReader reader{bytes, {}, 0};
    while (reader.next()) continue;
    ASSERT(reader.consumed() == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read_raw({data, size});
    write_and_damage({data, size});
    return 0;
}
