// 16-bit version, 32-bit count, then topics with 16-bit lengths; what later versions add behind is left
// alone.
#include "broker/stream/subscription_format.hpp"

namespace weir::stream {

std::optional<std::vector<std::string>> subscribed_topics(ByteView metadata) {
    if (metadata.size() < 6 || load_big<std::int16_t>(metadata.data()) < 0) return std::nullopt;
    const auto count = load_big<std::int32_t>(metadata.data() + 2);
    ByteView in = metadata.subspan(6);
    if (count < 0 || static_cast<std::size_t>(count) > in.size() / 2) return std::nullopt;
    std::vector<std::string> topics;
    for (std::int32_t i = 0; i < count; ++i) {
        if (in.size() < 2) return std::nullopt;
        const auto length = load_big<std::int16_t>(in.data());
        in = in.subspan(2);
        if (length < 0 || static_cast<std::size_t>(length) > in.size()) return std::nullopt;
        topics.emplace_back(as_text(in.first(static_cast<std::size_t>(length))));
        in = in.subspan(static_cast<std::size_t>(length));
    }
    std::sort(topics.begin(), topics.end());
    topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
    return topics;
}

}  // namespace weir::stream
