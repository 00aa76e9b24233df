// How far ahead of the journal its next file is filled.
#include "log/journal_space.hpp"

#include <gtest/gtest.h>

#include "log/layout.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::log {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint64_t planned_bytes = 8 * mib;

class JournalSpaceTest : public ::testing::Test {
  protected:
    JournalSpaceTest() { EXPECT_TRUE(files_.make_directories("journal")); }

    // Steps until no more is wanted; what there is of the next file then.
    std::uint64_t prepared() {
        while (space_.wants_step()) EXPECT_TRUE(space_.prepare_step());
        const auto size = files_.file_size("journal/next-journal");
        return size ? *size : 0;
    }

    test::FaultyFileSystem files_;
    JournalSpace space_{{.directory = "journal", .file_bytes = planned_bytes}, files_, {1}, 1};
};

TEST_F(JournalSpaceTest, AJournalThatIsNotUsedNeedsNoFile) {
    EXPECT_EQ(prepared(), 0u);
    EXPECT_FALSE(space_.prepare_step().value());
}

TEST_F(JournalSpaceTest, TheNextFileIsFilledAheadOfTheJournalAndNotAtOnce) {
    space_.want_ahead(4096);
    EXPECT_EQ(prepared(), mib);
    space_.want_ahead(mib);
    EXPECT_EQ(prepared(), 4 * mib);
    EXPECT_FALSE(space_.ready());
    space_.want_ahead(2 * mib);
    EXPECT_EQ(prepared(), 0u);
    EXPECT_TRUE(space_.ready());
    EXPECT_EQ(files_.file_size("journal/" + journal_name(2)).value(), planned_bytes);

    // And then the one behind it.
    space_.set_current(2);
    space_.want_ahead(4096);
    EXPECT_EQ(prepared(), mib);
}

TEST_F(JournalSpaceTest, AFileThatCouldNotBeFilledIsBegunAnew) {
    space_.want_ahead(planned_bytes);
    EXPECT_TRUE(space_.prepare_step().value());
    files_.inject({.operation = test::Operation::write, .path = "next-journal", .code = Errc::no_space});
    EXPECT_EQ(space_.prepare_step().error().code, Errc::no_space);
    EXPECT_EQ(files_.file_size("journal/next-journal").error().code, Errc::not_found);
    EXPECT_TRUE(space_.wants_step());
    EXPECT_EQ(prepared(), 0u);
    EXPECT_TRUE(space_.ready());
}

}  // namespace
}  // namespace weir::log
