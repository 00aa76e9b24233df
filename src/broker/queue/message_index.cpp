// A packed block: the time (8 bytes), five widths (1 byte each; absent: all zero), then for each field that
// is there its smallest value (8 bytes) and 64 differences.
#include "broker/queue/message_index.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/assert.hpp"

namespace weir::queue {
namespace {

constexpr std::size_t fields = 5;
constexpr std::size_t time_bytes = 8;
constexpr std::size_t base_bytes = 8;
constexpr std::uint8_t absent = 0xff;
constexpr std::size_t header_bytes = time_bytes + fields;
constexpr auto entries = MessageIndex::block_entries;

using Values = std::array<std::uint64_t, fields>;

Values values_of(const IndexEntry& entry) {
    return {static_cast<std::uint64_t>(entry.position.value), entry.bytes,
            static_cast<std::uint64_t>(entry.expires_ms + 1), entry.content_back, entry.group};
}

IndexEntry entry_of(const Values& values) {
    return {Offset{static_cast<std::int64_t>(values[0])}, values[1], static_cast<std::int64_t>(values[2]) - 1,
            values[3], values[4]};
}

std::uint8_t width_of(std::uint64_t difference) {
    return static_cast<std::uint8_t>((std::bit_width(difference) + 7) / 8);
}

std::size_t column_bytes(std::uint8_t width) {
    return width == absent ? 0 : base_bytes + width * entries;
}

std::size_t size_of(const std::uint8_t* block) {
    std::size_t size = header_bytes;
    for (std::size_t f = 0; f < fields; ++f) size += column_bytes(block[time_bytes + f]);
    return size;
}

std::uint64_t load_narrow(const std::uint8_t* at, std::uint8_t width) {
    std::uint64_t value = 0;
    std::memcpy(&value, at, width);
    return value;
}

void pack_column(const std::array<std::uint64_t, entries>& column, std::uint64_t smallest, std::uint8_t width,
                 std::uint8_t* out) {
    store_little(out, smallest);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::uint64_t difference = column[i] - smallest;
        std::memcpy(out + base_bytes + i * width, &difference, width);
    }
}

bool is_sound(ByteView block) {
    if (block.size() < header_bytes) return false;
    for (std::size_t f = 0; f < fields; ++f) {
        const auto width = block[time_bytes + f];
        if (width > 8 && width != absent) return false;
    }
    return size_of(block.data()) == block.size();
}

}  // namespace

std::uint64_t MessageIndex::append(const IndexEntry& entry, std::int64_t time_ms) {
    tail_.push_back(entry);
    tail_time_ms_ = time_ms;
    const auto number = end_++;
    if (end_ % entries == 0) seal();
    return number;
}

void MessageIndex::seal() {
    // Instead of what is not there, the first that is: that takes no room.
    tail_.insert(tail_.begin(), entries - tail_.size(), tail_.front());
    std::array<std::array<std::uint64_t, entries>, fields> columns;
    for (std::size_t i = 0; i < entries; ++i) {
        const auto values = values_of(tail_[i]);
        for (std::size_t f = 0; f < fields; ++f) columns[f][i] = values[f];
    }
    Bytes packed(header_bytes);
    store_little(packed.data(), tail_time_ms_);
    for (std::size_t f = 0; f < fields; ++f) {
        const auto [smallest, largest] = std::ranges::minmax(columns[f]);
        const auto width = largest == 0 ? absent : width_of(largest - smallest);
        packed[time_bytes + f] = width;
        const auto at = packed.size();
        packed.resize(at + column_bytes(width));
        if (width != absent) pack_column(columns[f], smallest, width, packed.data() + at);
    }
    auto block = std::make_unique_for_overwrite<std::uint8_t[]>(packed.size());
    std::ranges::copy(packed, block.get());
    if (blocks_.empty()) first_block_ = end_ / entries - 1;
    blocks_.push_back(std::move(block));
    tail_ = decltype(tail_)();
}

const std::uint8_t* MessageIndex::find(std::uint64_t block) const {
    if (block < first_block_ || block - first_block_ >= blocks_.size()) return nullptr;
    return blocks_[block - first_block_].get();
}

bool MessageIndex::has(std::uint64_t number) const {
    if (number >= end_ || number < kept_from_) return false;
    if (number >= tail_begin()) return true;
    return find(number / entries) != nullptr;
}

IndexEntry MessageIndex::at(std::uint64_t number) const {
    ASSERT(has(number));
    if (number >= tail_begin()) return tail_[number - std::max(tail_begin(), kept_from_)];
    const std::uint8_t* block = find(number / entries);
    const std::uint8_t* column = block + header_bytes;
    Values values{};
    for (std::size_t f = 0; f < fields; ++f) {
        const auto width = block[time_bytes + f];
        if (width == absent) continue;
        values[f] = load_little<std::uint64_t>(column) +
                    load_narrow(column + base_bytes + number % entries * width, width);
        column += column_bytes(width);
    }
    return entry_of(values);
}

std::int64_t MessageIndex::block_time_ms(std::uint64_t number) const {
    ASSERT(has(number));
    return number >= tail_begin() ? tail_time_ms_ : load_little<std::int64_t>(find(number / entries));
}

void MessageIndex::drop_block(std::uint64_t number) {
    if (find(number / entries) == nullptr) return;
    blocks_[number / entries - first_block_].reset();
    shrink();
}

// The list's front is given back only when it is half of it, so that a long queue drains in linear time.
void MessageIndex::shrink() {
    while (gone_ < blocks_.size() && !blocks_[gone_]) ++gone_;
    if (gone_ == blocks_.size()) {
        blocks_ = decltype(blocks_)();
        gone_ = 0;
    } else if (gone_ > blocks_.size() / 2) {
        blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(gone_));
        blocks_.shrink_to_fit();
        first_block_ += gone_;
        gone_ = 0;
    }
}

std::uint64_t MessageIndex::first_kept() const {
    const auto first = gone_ < blocks_.size() ? (first_block_ + gone_) * entries : tail_begin();
    return std::max(first, kept_from_);
}

void MessageIndex::drop_all() {
    blocks_ = decltype(blocks_)();
    tail_ = decltype(tail_)();
    gone_ = 0;
    kept_from_ = end_;
}

std::size_t MessageIndex::memory_bytes() const {
    std::size_t total = blocks_.capacity() * sizeof(Block) + tail_.capacity() * sizeof(IndexEntry);
    for (const auto& block : blocks_) total += block ? size_of(block.get()) + sizeof(void*) : 0;
    return total;
}

void MessageIndex::write(FieldWriter& out) const {
    out.number(end_)
        .number(kept_from_)
        .number(blocks_.empty() ? 0 : first_block_ + gone_)
        .number(blocks_.size() - gone_);
    for (std::size_t i = gone_; i < blocks_.size(); ++i) {
        const std::uint8_t* block = blocks_[i].get();
        out.bytes(block ? ByteView(block, size_of(block)) : ByteView());
    }
    if (tail_.empty()) return;
    out.signed_number(tail_time_ms_);
    for (const auto& entry : tail_) {
        for (const auto value : values_of(entry)) out.number(value);
    }
}

MessageIndex MessageIndex::read(FieldReader& in) {
    MessageIndex index;
    index.end_ = in.number_up_to((std::uint64_t{1} << 56) - 1);
    const auto full = index.end_ / entries;
    index.kept_from_ = in.number_up_to(index.end_);
    index.first_block_ = in.number_up_to(std::uint64_t{1} << 56);
    const auto count = in.count();
    if (count > 0 && (index.first_block_ > full || count > full - index.first_block_)) in.fail();
    for (std::size_t i = 0; i < count && in.ok(); ++i) {
        const ByteView bytes = in.bytes();
        if (!bytes.empty() && !is_sound(bytes)) in.fail();
        if (!in.ok()) break;
        if (bytes.empty()) {
            index.blocks_.push_back(nullptr);
            continue;
        }
        index.blocks_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(bytes.size()));
        std::ranges::copy(bytes, index.blocks_.back().get());
    }
    const auto tail = index.end_ - std::max(index.tail_begin(), index.kept_from_);
    if (tail > 0) index.tail_time_ms_ = in.signed_number();
    for (std::size_t i = 0; i < tail && in.ok(); ++i) {
        Values values;
        for (auto& value : values) value = in.number();
        index.tail_.push_back(entry_of(values));
    }
    index.shrink();
    return index;
}

}  // namespace weir::queue
