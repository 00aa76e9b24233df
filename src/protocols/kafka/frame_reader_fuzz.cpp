// The frame reader takes any bytes in any pieces, and gives the frames that are in them, up to the first
// length that it refuses.
#include <algorithm>
#include <cstring>
#include <vector>

#include "base/assert.hpp"
#include "protocols/kafka/frame_reader.hpp"

namespace {

using namespace weir;
using namespace weir::kafka;

constexpr std::size_t max_frame = 4096;

struct Frames {
    std::vector<Bytes> whole;
    bool is_refused = false;
    bool operator==(const Frames&) const = default;
};

// Cut as simply as can be.
Frames expected(ByteView bytes) {
    Frames frames;
    while (bytes.size() >= 4) {
        const auto size = load_big<std::int32_t>(bytes.data());
        frames.is_refused = size < 0 || static_cast<std::size_t>(size) > max_frame;
        if (frames.is_refused || bytes.size() - 4 < static_cast<std::size_t>(size)) break;
        const auto body = bytes.subspan(4, static_cast<std::size_t>(size));
        frames.whole.emplace_back(body.begin(), body.end());
        bytes = bytes.subspan(4 + body.size());
    }
    return frames;
}

Frames read_all(ByteView bytes, std::size_t step) {
    static runtime::MemoryBudget budget{1 << 20};
    FrameReader reader{max_frame, budget};
    Frames frames;
    while (!bytes.empty()) {
        const auto room = reader.buffer();
        ASSERT(!room.empty());
        const auto count = std::min({room.size(), bytes.size(), step});
        std::memcpy(room.data(), bytes.data(), count);
        bytes = bytes.subspan(count);
        reader.received(count);
        for (;;) {
            const auto frame = reader.next();
            frames.is_refused = !frame;
            if (!frame) return frames;
            if (!*frame) break;
            const auto body = (*frame)->bytes();
            frames.whole.emplace_back(body.begin(), body.end());
        }
    }
    return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView bytes{data + 1, size - 1};
    ASSERT(read_all(bytes, data[0] + 1u) == expected(bytes));
    // Most random lengths are refused: read as lengths of one byte, they are frames.
    Bytes framed;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto body = bytes.subspan(at + 1, std::min<std::size_t>(bytes[at], bytes.size() - at - 1));
        framed.insert(framed.end(), {0, 0, 0, bytes[at]});
        framed.insert(framed.end(), body.begin(), body.end());
        at += 1 + body.size();
    }
    ASSERT(read_all(framed, data[0] + 1u) == expected(framed));
    return 0;
}
