// Fuzzes what reads segment and index files: walkers, the checked reader, and a segment with a damaged index.
#include <algorithm>

#include "base/assert.hpp"
#include "log/segment.hpp"
#include "log/segment_reader.hpp"
#include "support/faulty_file_system.hpp"

namespace {

using namespace weir;
using namespace weir::log;

void walk(runtime::File& file, std::uint64_t size) {
    BatchWalker walker{file, 0, Offset{0}, size, 4096};
    for (auto batch = walker.next(); batch && *batch; batch = walker.next())
        ASSERT((*batch)->end_position() <= size);
    SegmentReader reader{file, 0, size};
    for (auto batch = reader.next(); batch && *batch; batch = reader.next())
        ASSERT((*batch)->bytes.size() <= size);
}

void read_segment(test::FaultyFileSystem& files, std::uint64_t size, std::uint8_t choice) {
    OpenFiles open_files{files, 4};
    Segment segment{open_files, files, "s", {.base = Offset{0}, .end = Offset{1'000'000}, .size = size}};
    const auto range = segment.read(Offset{choice}, Offset{1'000'000}, choice * 100u, true);
    if (range) ASSERT(range->to.position <= size && range->from.position <= range->to.position);
    (void)segment.find_timestamp(choice, Offset{0}, Offset{1'000'000});
    segment.save_index();
}

}  // namespace

// The first two bytes say how much of the rest is the index file; the other is the segment.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const auto index_size = std::min<std::size_t>(load_little<std::uint16_t>(data), size - 3);
    test::FaultyFileSystem files;
    auto log = files.open("s.log", runtime::OpenMode::create).value();
    auto index = files.open("s.index", runtime::OpenMode::create).value();
    ASSERT(index->write(0, ByteView{data + 3, index_size}));
    const auto segment_size = size - 3 - index_size;
    ASSERT(log->write(0, ByteView{data + 3 + index_size, segment_size}));
    walk(*log, segment_size);
    read_segment(files, segment_size, data[2]);
    return 0;
}
