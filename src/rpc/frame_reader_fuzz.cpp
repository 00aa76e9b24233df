// The frame reader takes any bytes in any pieces, and gives only frames that were sent. To get behind the
// checksums, a second pass lets the input choose what is framed, how it is cut and which byte is damaged.
#include <algorithm>
#include <vector>

#include "base/assert.hpp"
#include "rpc/frame_reader.hpp"

namespace {

using namespace weir;
using namespace weir::rpc;

constexpr std::size_t max_body = 4096;

// All frames up to the first error; whether there was one.
bool read_all(ByteView bytes, std::size_t step, std::vector<std::shared_ptr<Frame>>& frames) {
    static runtime::MemoryBudget budget{1 << 20};
    FrameReader reader{max_body, budget};
    while (!bytes.empty()) {
        const auto room = reader.buffer();
        ASSERT(!room.empty());
        const auto count = std::min({room.size(), bytes.size(), step});
        std::memcpy(room.data(), bytes.data(), count);
        bytes = bytes.subspan(count);
        reader.received(count);
        for (;;) {
            auto frame = reader.next();
            if (!frame && frame.error().code == Errc::no_space) return false;
            if (!frame) return true;
            if (!*frame) break;
            ASSERT((*frame)->body().size() <= max_body);
            frames.push_back(std::move(*frame));
            if (frames.size() > 100) frames.clear();
        }
    }
    return false;
}

void write_and_damage(ByteView input) {
    if (input.size() < 5) return;
    const std::size_t damage_at = load_little<std::uint16_t>(input.data());
    const auto damage = input[2];
    const std::size_t step = input[3] + 1u;
    const std::size_t size = input[4] % 64;
    Bytes bytes;
    std::size_t count = 0, whole_before_damage = 0;
    for (auto rest = input.subspan(5); !rest.empty() && count < 100; ++count) {
        const auto body = rest.first(std::min(size + 1, rest.size()));
        rest = rest.subspan(body.size());
        const auto checked = body.first(body.size() / 2);
        const auto head = encode_frame_header(
            header_for(FrameKind::message, 1, count, checked, body.size() - checked.size()));
        bytes.insert(bytes.end(), head.begin(), head.end());
        bytes.insert(bytes.end(), body.begin(), body.end());
        if (bytes.size() <= damage_at) whole_before_damage = count + 1;
    }
    const bool is_damaged = damage != 0 && damage_at < bytes.size();
    if (is_damaged) bytes[damage_at] ^= damage;
    std::vector<std::shared_ptr<Frame>> frames;
    const bool failed = read_all(bytes, step, frames);
    ASSERT(is_damaged || (!failed && frames.size() == count));
    ASSERT(frames.size() >= (is_damaged ? whole_before_damage : count));
    for (std::size_t i = 0; i < frames.size(); ++i) ASSERT(frames[i]->header().id == i);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::shared_ptr<Frame>> frames;
    if (size > 0) (void)read_all({data + 1, size - 1}, data[0] + 1u, frames);
    write_and_damage({data, size});
    return 0;
}
