// The real file system behind the seam.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "runtime/file.hpp"
#include "support/temporary_directory.hpp"

namespace weir::runtime {
namespace {

class PosixFile : public ::testing::Test {
  protected:
    FileSystem& files_ = posix_file_system();
    test::TemporaryDirectory directory_;
};

TEST_F(PosixFile, WritesPartsInOrderAndReadsThemBack) {
    auto file = files_.open(directory_.path("f"), OpenMode::create).value();
    std::vector<ByteView> parts;
    std::string expected;
    std::vector<std::string> texts;
    for (int i = 0; i < 700; ++i) texts.push_back(fmt::format("part {};", i));  // more than one writev takes
    for (const auto& text : texts) parts.push_back(as_bytes(text)), expected += text;
    ASSERT_TRUE(file->write(10, parts));
    EXPECT_EQ(file->size().value(), 10 + expected.size());
    Bytes back(expected.size() + 50);
    EXPECT_EQ(file->read(10, back).value(), expected.size());
    EXPECT_EQ(as_text(ByteView{back}.first(expected.size())), expected);
    EXPECT_TRUE(file->sync_data());
}

TEST_F(PosixFile, GoesOnAfterAShortWriteAndSaysWhyItEnds) {
    auto file = files_.open(directory_.path("f"), OpenMode::create).value();
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto text = std::string(700, 'a') + std::string(700, 'b');
    const std::vector parts{as_bytes(text).first(700), as_bytes(text).subspan(700)};
    const auto written = file->write(0, parts);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(written) << "the file may not be as long";
    EXPECT_EQ(written.error().code, Errc::io_error);
    Bytes back(1400);
    EXPECT_EQ(file->read(0, back).value(), 1000u);  // what the system has taken
    EXPECT_EQ(as_text(ByteView{back}.first(1000)), text.substr(0, 1000));
    ASSERT_TRUE(file->write(0, parts));
    EXPECT_EQ(file->size().value(), text.size());
}

TEST_F(PosixFile, WritesZerosWhereverTheyGo) {
    const std::uint64_t mib = std::uint64_t{1} << 20;
    auto file = files_.open(directory_.path("f"), OpenMode::create).value();
    const Bytes before(3 * mib, 'x');
    ASSERT_TRUE(file->write(0, before));
    ASSERT_TRUE(file->write_zeros(4096, mib + 4096));  // in whole blocks
    ASSERT_TRUE(file->write_zeros(2 * mib + 5, 7));
    ASSERT_TRUE(file->write_zeros(3 * mib, 2 * mib));  // behind the end
    auto expected = before;
    expected.resize(5 * mib);
    std::fill_n(expected.begin() + 4096, mib + 4096, std::uint8_t{0});
    std::fill_n(expected.begin() + 2 * mib + 5, 7, std::uint8_t{0});
    Bytes back(6 * mib);
    EXPECT_EQ(file->read(0, back).value(), 5 * mib);
    back.resize(5 * mib);
    EXPECT_TRUE(back == expected);
}

TEST_F(PosixFile, WritesBackWhatWasWritten) {
    auto file = files_.open(directory_.path("f"), OpenMode::create).value();
    ASSERT_TRUE(file->write(0, Bytes(100'000, 'x')));
    EXPECT_TRUE(file->write_back(10, 50'000));
    EXPECT_TRUE(file->write_back(90'000, 1'000'000));  // beyond the end
    EXPECT_TRUE(file->sync_data());
    EXPECT_EQ(file->size().value(), 100'000u);
}

TEST_F(PosixFile, NamesWhatIsMissing) {
    EXPECT_EQ(files_.open(directory_.path("none"), OpenMode::write).error().code, Errc::not_found);
    EXPECT_EQ(files_.file_size(directory_.path("none")).error().code, Errc::not_found);
    EXPECT_TRUE(files_.remove(directory_.path("none")));
}

TEST_F(PosixFile, ReplacesAWholeFile) {
    const auto path = directory_.path("f");
    ASSERT_TRUE(replace_file(files_, path, as_bytes("a longer first text")));
    ASSERT_TRUE(replace_file(files_, path, as_bytes("second")));
    EXPECT_EQ(as_text(read_file(files_, path, 100).value()), "second");
    EXPECT_EQ(read_file(files_, path, 5).error().code, Errc::limit_exceeded);
    EXPECT_EQ(files_.list(directory_.path("")).value(), std::vector<std::string>{"f"});
}

TEST_F(PosixFile, LocksOnlyOnce) {
    const auto path = directory_.path("lock");
    auto first = files_.lock(path);
    ASSERT_TRUE(first);
    EXPECT_EQ(files_.lock(path).error().code, Errc::already_exists);
    first->reset();
    EXPECT_TRUE(files_.lock(path));
}

}  // namespace
}  // namespace weir::runtime
