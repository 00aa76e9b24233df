// A segment that is written to, cut or dropped while another thread saves its index.
#include <gtest/gtest.h>

#include "log/segment.hpp"
#include "support/batch_builder.hpp"
#include "support/faulty_file_system.hpp"

namespace weir::log {
namespace {

// What another thread does as the index file is about to be written.
class FilesWithGuest : public test::FaultyFileSystem {
  public:
    std::function<void()> guest;
    Result<std::unique_ptr<runtime::File>> open(const std::string& path, runtime::OpenMode mode) override {
        const bool is_saving = mode == runtime::OpenMode::create && path.ends_with(".index");
        if (is_saving && guest) std::exchange(guest, nullptr)();
        return FaultyFileSystem::open(path, mode);
    }
};

class SegmentCutTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(segment_.create());
        for (int i = 0; i < 4; ++i) append();
    }
    void append() {
        auto batch = test::shared_batch({.bytes = 50'000, .seed = next_});
        set_base_offset(batch.bytes, Offset{static_cast<std::int64_t>(next_)});
        const BatchPlace place{.base = Offset{static_cast<std::int64_t>(next_)},
                               .next = Offset{static_cast<std::int64_t>(++next_)},
                               .position = segment_.written(),
                               .size = batch.bytes.size(),
                               .max_timestamp_ms = 1000};
        const std::array<ByteView, 1> parts{batch.bytes};
        ASSERT_TRUE(segment_.write(parts, batch.bytes.size()));
        segment_.publish({&place, 1});
    }

    FilesWithGuest files_;
    OpenFiles open_files_{files_, 4};
    Segment segment_{open_files_, files_, "one", {.base = Offset{0}, .end = Offset{0}}};
    std::uint64_t next_ = 0;
};

TEST_F(SegmentCutTest, AnIndexThatIsSavedMeanwhileIsNotLeftBehindACut) {
    files_.guest = [&] { segment_.cut(segment_.boundary(Offset{1}).value()); };
    segment_.save_index();
    EXPECT_FALSE(files_.file_size("one.index")) << "it has points that are no batches' any more";
    segment_.save_index();
    EXPECT_TRUE(files_.file_size("one.index"));
}

TEST_F(SegmentCutTest, AnIndexThatIsSavedMeanwhileIsNotLeftOfADroppedSegment) {
    files_.guest = [&] {
        for (const auto& path : segment_.drop()) ASSERT_TRUE(files_.remove(path));
    };
    segment_.save_index();
    EXPECT_FALSE(files_.file_size("one.index"));
}

// As when points are taken for saved that came after what was written.
TEST(SegmentIndex, BelievesNothingBehindAHole) {
    SegmentIndex index{Offset{0}};
    Bytes file;
    const auto save = [&] {
        const auto unsaved = index.unsaved();
        file.resize(unsaved.file_position);
        file.insert(file.end(), unsaved.bytes.begin(), unsaved.bytes.end());
        return unsaved;
    };
    const auto add = [&](std::uint64_t number) {
        index.add({.base = Offset{static_cast<std::int64_t>(number)},
                   .next = Offset{static_cast<std::int64_t>(number + 1)},
                   .position = number * 100'000,
                   .size = 100'000,
                   .max_timestamp_ms = 1});
    };
    for (std::uint64_t i = 0; i < 3; ++i) add(i);
    auto written = save();
    for (std::uint64_t i = 3; i < 6; ++i) add(i);
    written.points_then = index.size();
    index.saved(written);
    add(6);
    save();
    EXPECT_EQ(SegmentIndex::decode(file, Offset{0}, 700'000).end().position, 300'000u);
}

TEST_F(SegmentCutTest, WhatIsPublishedWhileTheIndexIsSavedIsSavedTheNextTime) {
    files_.guest = [&] {
        for (int i = 0; i < 4; ++i) append();
    };
    segment_.save_index();
    segment_.save_index();
    const auto content = runtime::read_file(files_, "one.index", largest_index_file).value();
    const auto size = segment_.state().size;
    EXPECT_EQ(SegmentIndex::decode(content, Offset{0}, size).end().position, size);
}

TEST_F(SegmentCutTest, OtherwiseItStays) {
    segment_.save_index();
    EXPECT_TRUE(files_.file_size("one.index"));
    segment_.seal();
    EXPECT_TRUE(files_.file_size("one.index"));
}

}  // namespace
}  // namespace weir::log
