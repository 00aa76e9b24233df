// The metadata directory's files are, byte for byte, those of docs/formats/metadata.md.
#include <gtest/gtest.h>

#include "base/crc32c.hpp"
#include "consensus/durable_mark.hpp"
#include "consensus/identity.hpp"
#include "consensus/members.hpp"
#include "consensus/members_file.hpp"
#include "consensus/record_format.hpp"
#include "consensus/recovery_note.hpp"
#include "consensus/snapshot_file.hpp"
#include "consensus/vote_file.hpp"
#include "support/golden.hpp"
#include "support/temporary_directory.hpp"

namespace weir::consensus {
namespace {

const Uuid cluster = Uuid::from_random(0x0123456789abcdef, 0xfedcba9876543210);
runtime::FileSystem& files = runtime::posix_file_system();

TEST(GoldenBytes, OfALogFile) {
    const auto golden = test::golden("metadata/log");
    auto bytes = encode_log_header({.cluster_id = cluster, .first = 42, .previous_term = 1});
    auto chain = log_header_chain(bytes);
    put_record(bytes, chain, {.at = {42, 1}, .command = as_bytes("first")});
    put_record(bytes, chain, {.at = {43, 2}, .kind = RecordKind::barrier, .command = {}});
    const auto members = encode_members(
        {{NodeId{0}, "one:1", true}, {NodeId{1}, "two:2", true}, {NodeId{2}, "three:3", false}});
    put_record(bytes, chain, {.at = {44, 2}, .kind = RecordKind::members, .command = members});
    EXPECT_EQ(test::to_hex(bytes), test::to_hex(golden));
    RecordReader reader{ByteView{golden}.subspan(log_header_size), {41, 1}, log_header_chain(golden)};
    EXPECT_EQ(as_text(reader.next()->command), "first");
    EXPECT_EQ(reader.next()->at, (LogPosition{43, 2}));
    const auto list = decode_members(reader.next()->command);
    ASSERT_TRUE(list);
    EXPECT_EQ(encode_members(*list), members);
}

TEST(GoldenBytes, OfASnapshotFile) {
    Snapshot snapshot{.cluster_id = cluster,
                      .at = {41, 1},
                      .members_index = 1,
                      .members = encode_members({{.node = NodeId{7}}})};
    for (std::size_t i = 0; i < 65536 + 3; ++i) snapshot.state.push_back(static_cast<std::uint8_t>(i * 7));
    const auto bytes = encode_snapshot(snapshot);
    Bytes shown{bytes.begin(), bytes.begin() + 68};
    shown.resize(76);
    store_little(shown.data() + 68, static_cast<std::uint32_t>(bytes.size()));
    store_little(shown.data() + 72, crc32c(bytes));
    EXPECT_EQ(test::to_hex(shown), test::to_hex(test::golden("metadata/snapshot_file")));
}

TEST(GoldenBytes, OfTheMark) {
    const test::TemporaryDirectory directory;
    const auto golden = test::golden("metadata/mark");
    const auto log = test::golden("metadata/log");
    const DurablePoint older{.first = 42, .last = 41, .end = 48, .chain = 1};
    const DurablePoint newer{
        .first = 42,
        .last = 43,
        .end = log_header_size + 2 * record_header_size + 5,
        .chain = load_little<std::uint32_t>(log.data() + log_header_size + record_header_size + 5)};
    auto mark = DurableMark::create(files, directory.path(), older);
    ASSERT_TRUE(mark);
    for (int i = 2; i <= 7; ++i) ASSERT_TRUE((*mark)->write(older));
    ASSERT_TRUE((*mark)->write(newer));
    const auto content = runtime::read_file(files, directory.path("mark"), 8192).value();
    ASSERT_EQ(content.size(), 8192u);
    EXPECT_EQ(test::to_hex(ByteView{content}.first(52)), test::to_hex(ByteView{golden}.first(52)));
    EXPECT_EQ(test::to_hex(ByteView{content}.subspan(4096, 52)), test::to_hex(ByteView{golden}.subspan(52)));
    EXPECT_EQ(DurableMark::open(files, directory.path()).value()->point(), newer);
}

TEST(GoldenBytes, OfTheVote) {
    const test::TemporaryDirectory directory;
    const Vote older{.term = 3, .voted_for = std::nullopt}, newer{.term = 4, .voted_for = NodeId{7}};
    auto file = VoteFile::create(files, directory.path(), older);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->save(newer));
    const auto content = runtime::read_file(files, directory.path("vote"), 8192).value();
    ASSERT_EQ(content.size(), 8192u);
    auto shown = Bytes{content.begin(), content.begin() + 36};
    shown.insert(shown.end(), content.begin() + 4096, content.begin() + 4096 + 36);
    EXPECT_EQ(test::to_hex(shown), test::to_hex(test::golden("metadata/vote")));
    EXPECT_EQ(VoteFile::open(files, directory.path()).value()->vote(), newer);
}

TEST(GoldenBytes, OfTheIdentity) {
    const test::TemporaryDirectory directory;
    const Identity identity{.cluster_id = cluster, .node = NodeId{7}};
    EXPECT_EQ(read_identity(files, directory.path()).value(), std::nullopt);
    ASSERT_TRUE(write_identity(files, directory.path(), identity));
    EXPECT_EQ(test::to_hex(runtime::read_file(files, directory.path("identity"), 100).value()),
              test::to_hex(test::golden("metadata/identity")));
    EXPECT_EQ(read_identity(files, directory.path()).value(), identity);
}

TEST(GoldenBytes, OfTheNoteOfARecovery) {
    const test::TemporaryDirectory directory;
    EXPECT_EQ(read_recovery(files, directory.path()).value(), std::nullopt);
    ASSERT_TRUE(write_recovery(files, directory.path(), 42));
    EXPECT_EQ(test::to_hex(runtime::read_file(files, directory.path("recovering"), 100).value()),
              test::to_hex(test::golden("metadata/recovering")));
    EXPECT_EQ(read_recovery(files, directory.path()).value(), LogTerm{42});
    ASSERT_TRUE(end_recovery(files, directory.path()));
    EXPECT_EQ(read_recovery(files, directory.path()).value(), std::nullopt);
}

TEST(GoldenBytes, OfTheListOfMembers) {
    const test::TemporaryDirectory directory;
    const std::vector<Member> members{
        {NodeId{0}, "one:1", true}, {NodeId{1}, "two:2", true}, {NodeId{2}, "three:3", false}};
    EXPECT_EQ(read_members(files, directory.path()).value(), std::nullopt);
    ASSERT_TRUE(write_members(files, directory.path(), members));
    EXPECT_EQ(test::to_hex(runtime::read_file(files, directory.path("members"), 1000).value()),
              test::to_hex(test::golden("metadata/members")));
    EXPECT_EQ(read_members(files, directory.path()).value(), members);
}

}  // namespace
}  // namespace weir::consensus
