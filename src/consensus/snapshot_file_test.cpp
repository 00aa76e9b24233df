// Snapshot files: any size, and every flipped byte and cut is seen.
#include "consensus/snapshot_file.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "consensus/members.hpp"
#include "support/temporary_directory.hpp"

namespace weir::consensus {
namespace {

Snapshot of_size(std::size_t size) {
    SeededRandom random{size};
    Snapshot out{.cluster_id = random.uuid(),
                 .at = {17, 3},
                 .members_index = 5,
                 .members = encode_members({{NodeId{1}, "one", true}, {NodeId{2}, "two", false}})};
    out.state.resize(size);
    random.fill(out.state);
    return out;
}

TEST(SnapshotFile, RoundTripsAtBlockEdges) {
    const test::TemporaryDirectory directory;
    auto& files = runtime::posix_file_system();
    for (const std::size_t size : {0, 1, 65535, 65536, 65537, 131072, 200000}) {
        const auto snapshot = of_size(size);
        ASSERT_TRUE(write_snapshot(files, directory.path("s"), snapshot));
        const auto back = read_snapshot(files, directory.path("s"));
        ASSERT_TRUE(back) << size << ": " << back.error().message;
        EXPECT_EQ(back->cluster_id, snapshot.cluster_id);
        EXPECT_EQ(back->at, snapshot.at);
        EXPECT_EQ(back->members_index, snapshot.members_index);
        EXPECT_EQ(back->members, snapshot.members);
        EXPECT_EQ(back->state, snapshot.state);
    }
}

TEST(SnapshotFile, SeesDamageAnywhere) {
    auto bytes = encode_snapshot(of_size(70000));
    for (std::size_t at = 0; at < bytes.size(); at += at < 100 ? 1 : 997) {
        bytes[at] ^= 1;
        const auto back = decode_snapshot(bytes, "s");
        ASSERT_FALSE(back) << at;
        bytes[at] ^= 1;
    }
    bytes.back() ^= 1;
    EXPECT_EQ(decode_snapshot(bytes, "s").error().code, Errc::corrupt);
    bytes.back() ^= 1;
    for (std::size_t cut = 0; cut < bytes.size(); cut += 991) {
        EXPECT_EQ(decode_snapshot(ByteView{bytes}.first(cut), "s").error().code, Errc::corrupt);
    }
    bytes.push_back(0);
    EXPECT_EQ(decode_snapshot(bytes, "s").error().code, Errc::corrupt);
}

TEST(SnapshotFile, BelievesNoLengthBeyondTheFile) {
    const Snapshot small = of_size(10);
    auto bytes = encode_snapshot(small);
    const auto message = decode_snapshot(ByteView{bytes}.first(72), "dir/snapshot-1").error().message;
    EXPECT_NE(message.find("dir/snapshot-1 is damaged at byte 72"), std::string::npos) << message;
}

}  // namespace
}  // namespace weir::consensus
