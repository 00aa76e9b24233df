// Frames cut from a stream that comes in pieces of any size, within the limits.
#include "protocols/kafka/frame_reader.hpp"

#include <gtest/gtest.h>

#include <random>

namespace weir::kafka {
namespace {

Bytes framed(std::size_t size, std::uint8_t fill) {
    Bytes out(4 + size, fill);
    store_big(out.data(), static_cast<std::int32_t>(size));
    return out;
}

class FrameReaderTest : public ::testing::Test {
  protected:
    // Gives `bytes` to the reader, at most `step` at a time, and collects the frames.
    void feed(ByteView bytes, std::size_t step) {
        while (!bytes.empty()) {
            const auto target = reader_.buffer();
            const auto count = std::min({bytes.size(), step, target.size()});
            std::memcpy(target.data(), bytes.data(), count);
            reader_.received(count);
            bytes = bytes.subspan(count);
            for (;;) {
                auto frame = reader_.next();
                if (!frame) {
                    error_ = frame.error().code;
                    return;
                }
                if (!*frame) break;
                frames_.push_back(std::move(*frame));
            }
        }
    }

    runtime::MemoryBudget budget_{std::size_t{64} << 20};
    FrameReader reader_{std::size_t{8} << 20, budget_};
    std::vector<std::shared_ptr<Frame>> frames_;
    std::optional<Errc> error_;
};

TEST_F(FrameReaderTest, CutsFramesOfAllSizesFromPiecesOfAllSizes) {
    std::mt19937 random(7);
    for (const std::size_t step : {1u, 3u, 1000u, 16384u, 1000000u}) {
        frames_.clear();
        Bytes stream;
        std::vector<std::size_t> sizes{0, 1, 3, 16380, 16384, 20000, 3 << 20, 5, 1 << 20, (1 << 20) + 1};
        if (step < 1000) sizes = {0, 1, 2, 16379, 16381, 40000, 7};
        std::shuffle(sizes.begin(), sizes.end(), random);
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            const auto one = framed(sizes[i], static_cast<std::uint8_t>(i + 1));
            stream.insert(stream.end(), one.begin(), one.end());
        }
        feed(stream, step);
        ASSERT_EQ(frames_.size(), sizes.size());
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            EXPECT_EQ(Bytes(frames_[i]->bytes().begin(), frames_[i]->bytes().end()),
                      Bytes(sizes[i], static_cast<std::uint8_t>(i + 1)));
        }
    }
}

TEST_F(FrameReaderTest, RefusesLengthsBeforeTakingMemory) {
    feed(Bytes{0xff, 0xff, 0xff, 0xff}, 4);
    EXPECT_EQ(error_, Errc::corrupt);
    FrameReader strict{100, budget_};
    const Bytes length{0, 0, 0, 101};
    std::ranges::copy(length, strict.buffer().begin());
    strict.received(length.size());
    EXPECT_EQ(strict.next().error().code, Errc::limit_exceeded);
    EXPECT_EQ(budget_.used_bytes(), 0u);
}

TEST_F(FrameReaderTest, ChargesWhatHasComeNotWhatIsClaimed) {
    Bytes start(5);
    store_big(start.data(), std::int32_t{8} << 20);
    feed(start, 5);
    EXPECT_LE(budget_.used_bytes(), std::size_t{1} << 20);
}

TEST_F(FrameReaderTest, WaitsForTheBudgetAndGoesOn) {
    auto others = budget_.charge(budget_.limit_bytes() - 1000);
    ASSERT_TRUE(others);
    feed(framed(2000, 1), 1 << 20);
    EXPECT_EQ(error_, Errc::no_space);
    others = {};
    const auto frame = reader_.next();
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ((*frame)->bytes().size(), 2000u);
    EXPECT_EQ(budget_.used_bytes(), 2000u);
}

}  // namespace
}  // namespace weir::kafka
