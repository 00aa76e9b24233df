// The reader of snapshot files takes any bytes; one flipped byte anywhere is seen.

#include "base/assert.hpp"
#include "consensus/members.hpp"
#include "consensus/snapshot_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::consensus;
    const ByteView input{data, size};
    if (const auto raw = decode_snapshot(input, "fuzz")) ASSERT(raw->state.size() < size);
    if (size < 5) return 0;
    const Snapshot snapshot{.cluster_id = {},
                            .at = {1, 1},
                            .members_index = 1,
                            .members = encode_members({{.node = NodeId{1}}}),
                            .state = {data + 5, data + size}};
    auto bytes = encode_snapshot(snapshot);
    const auto good = decode_snapshot(bytes, "fuzz");
    ASSERT(good && good->state == snapshot.state);
    if (data[4] == 0) return 0;
    bytes[load_little<std::uint32_t>(data) % bytes.size()] ^= data[4];
    ASSERT(!decode_snapshot(bytes, "fuzz"));
    return 0;
}
