// Two hashes of an id over 8 bytes at a time, with the mixing of splitmix64.
#include "broker/queue/dedup_window.hpp"

namespace weir::queue {
namespace {

constexpr std::size_t smallest_entry_bytes = 17;

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
    std::uint64_t hash = mixed(seed ^ text.size());
    for (std::size_t at = 0; at < text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
        hash = mixed(hash + 0x9e3779b97f4a7c15 + mixed(word ^ seed));
    }
    return hash;
}

}  // namespace

DedupWindow::Key DedupWindow::key_of(std::string_view id) {
    return {hash_of(id, 0x243f6a8885a308d3), hash_of(id, 0x13198a2e03707344)};
}

bool DedupWindow::contains(std::string_view id, std::int64_t now_ms, std::int64_t window_ms) const {
    const auto at = times_.find(key_of(id));
    return at != times_.end() && now_ms - at->second < window_ms;
}

void DedupWindow::add(std::string_view id, std::int64_t time_ms, std::int64_t window_ms) {
    while (!order_.empty() &&
           (time_ms - order_.front().first >= window_ms || order_.size() >= max_dedup_ids)) {
        forget_oldest();
    }
    const auto key = key_of(id);
    times_[key] = time_ms;
    order_.emplace_back(time_ms, key);
}

void DedupWindow::forget_oldest() {
    const auto [time_ms, key] = order_.front();
    order_.pop_front();
    const auto at = times_.find(key);
    if (at != times_.end() && at->second == time_ms) times_.erase(at);  // else it came again
}

void DedupWindow::write(FieldWriter& out) const {
    out.number(order_.size());
    for (const auto& [time_ms, key] : order_) {
        Bytes bytes(sizeof key);
        store_little(bytes.data(), key[0]);
        store_little(bytes.data() + sizeof key[0], key[1]);
        out.signed_number(time_ms).raw(bytes);
    }
}

DedupWindow DedupWindow::read(FieldReader& in) {
    DedupWindow window;
    for (auto left = in.count(smallest_entry_bytes); left > 0 && in.ok(); --left) {
        const auto time_ms = in.signed_number();
        const ByteView bytes = in.raw(sizeof(Key));
        if (!in.ok()) break;
        const Key key{load_little<std::uint64_t>(bytes.data()), load_little<std::uint64_t>(bytes.data() + 8)};
        window.times_[key] = time_ms;
        window.order_.emplace_back(time_ms, key);
    }
    return window;
}

}  // namespace weir::queue
