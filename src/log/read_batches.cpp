// Ranges of files, walked batch by batch.
#include "log/read_batches.hpp"

namespace weir::log {

Result<void> read_batches(PartitionLog& log, Offset from, Offset end, std::size_t slice_bytes,
                          const std::function<Result<void>(const StoredBatch&)>& visit) {
    const auto ranges = log.read(from, end, slice_bytes);
    if (!ranges) return ranges.error();
    Offset next = from;
    const auto no_batch = [&] {
        return Error{Errc::corrupt, fmt::format("no whole batch at offset {}", next.value)};
    };
    for (const auto& range : *ranges) {
        SegmentReader reader{*range.file, range.position, range.position + range.size};
        for (auto batch = reader.next(); !batch || *batch; batch = reader.next()) {
            if (!batch) return batch.error();
            if (auto visited = visit(**batch); !visited) return visited;
            next = (*batch)->place.next;
        }
        if (reader.position() < range.position + range.size) return no_batch();
    }
    return next > from ? Result<void>{} : no_batch();
}

}  // namespace weir::log
