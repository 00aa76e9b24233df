// Room for what comes: little for those who send little, and no more than a frame needs.
#include "protocols/amqp/input_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::amqp {
namespace {

// Lets `count` bytes of `value` come, as many as there is room for at a time.
void fill(InputBuffer& input, std::size_t count, std::uint8_t value) {
    while (count > 0) {
        const auto room = input.room(false);
        ASSERT_FALSE(room.empty());
        const auto size = std::min(count, room.size());
        std::fill_n(room.begin(), size, value);
        input.received(size);
        count -= size;
    }
}

TEST(InputBuffer, KeepsWhatIsNotUsedUp) {
    InputBuffer input;
    for (std::uint8_t round = 0; round < 100; ++round) {
        fill(input, 1'500, round);
        EXPECT_EQ(input.view().size(), 1'500u);
        EXPECT_TRUE(std::ranges::all_of(input.view(), [&](auto byte) { return byte == round; }));
        input.consume(700);
        input.consume(800);
    }
    EXPECT_LE(input.room(false).size(), 4'096u);
}

TEST(InputBuffer, GrowsWithAFrameThatIsNotWhole) {
    InputBuffer input;
    fill(input, 131'080, 7);
    EXPECT_EQ(input.view().size(), 131'080u);
    EXPECT_LT(input.room(false).size(), 262'144u);
}

TEST(InputBuffer, HasMoreRoomOnlyForTheBusy) {
    InputBuffer quiet, busy;
    for (int i = 0; i < 20; ++i) {
        for (auto* input : {&quiet, &busy}) {
            const auto size = input->room(input == &busy).size();
            input->received(size);
            input->consume(size);
        }
    }
    EXPECT_EQ(quiet.room(false).size(), 4'096u);
    EXPECT_EQ(busy.room(true).size(), 65'536u);
}

}  // namespace
}  // namespace weir::amqp
