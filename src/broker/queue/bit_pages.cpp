// The pages form a dense list; one without numbers is not there, and none is missing at its ends.
#include "broker/queue/bit_pages.hpp"

#include <algorithm>
#include <bit>

namespace weir::queue {
namespace {

std::size_t word_of(std::uint64_t number) {
    return number % BitPages::page_bits / 64;
}
std::uint64_t bit_of(std::uint64_t number) {
    return std::uint64_t{1} << number % 64;
}
std::uint64_t bits_from(std::uint64_t number) {
    return ~std::uint64_t{0} << number % 64;
}

}  // namespace

const BitPages::Page* BitPages::find(std::uint64_t page) const {
    if (page < first_page_ || page - first_page_ >= pages_.size()) return nullptr;
    return pages_[page - first_page_].get();
}

BitPages::Page& BitPages::make(std::uint64_t page) {
    if (pages_.empty()) first_page_ = page;
    for (; page < first_page_; --first_page_) pages_.insert(pages_.begin(), nullptr);
    if (page - first_page_ >= pages_.size()) pages_.resize(page - first_page_ + 1);
    auto& slot = pages_[page - first_page_];
    if (!slot) slot = std::make_unique<Page>();
    return *slot;
}

void BitPages::shrink() {
    const auto is_there = [](const auto& page) { return page != nullptr; };
    const auto front = std::ranges::find_if(pages_, is_there);
    first_page_ += static_cast<std::uint64_t>(front - pages_.begin());
    pages_.erase(pages_.begin(), front);
    while (!pages_.empty() && !pages_.back()) pages_.pop_back();
    if (pages_.empty()) pages_ = decltype(pages_)();
}

bool BitPages::test(std::uint64_t number) const {
    return (word(number) & bit_of(number)) != 0;
}

std::uint64_t BitPages::word(std::uint64_t number) const {
    const Page* page = find(number / page_bits);
    return page ? (*page)[word_of(number)] : 0;
}

bool BitPages::set(std::uint64_t number) {
    auto& bits = make(number / page_bits)[word_of(number)];
    if ((bits & bit_of(number)) != 0) return false;
    bits |= bit_of(number);
    ++count_;
    return true;
}

bool BitPages::clear(std::uint64_t number) {
    if (!test(number)) return false;
    auto& page = pages_[number / page_bits - first_page_];
    auto& bits = (*page)[word_of(number)];
    bits &= ~bit_of(number);
    --count_;
    if (bits == 0 && std::ranges::all_of(*page, [](auto word) { return word == 0; })) {
        page.reset();
        shrink();
    }
    return true;
}

void BitPages::clear_before(std::uint64_t number) {
    for (auto at = first(); at && *at < number; at = first()) {
        auto& page = pages_.front();
        const bool is_whole = (first_page_ + 1) * page_bits <= number;
        for (std::size_t w = 0; w < words; ++w) {
            const std::uint64_t start = first_page_ * page_bits + w * 64;
            if (start >= number) break;
            const auto gone = start + 64 <= number ? (*page)[w] : (*page)[w] & ~bits_from(number);
            count_ -= static_cast<std::uint64_t>(std::popcount(gone));
            (*page)[w] &= ~gone;
        }
        if (is_whole || std::ranges::all_of(*page, [](auto word) { return word == 0; })) page.reset();
        shrink();
    }
}

std::optional<std::uint64_t> BitPages::next(std::uint64_t from) const {
    from = std::max(from, first_page_ * page_bits);
    for (std::uint64_t page = from / page_bits; page - first_page_ < pages_.size(); ++page) {
        const Page* bits = find(page);
        if (bits == nullptr) continue;
        const std::size_t begin = page == from / page_bits ? word_of(from) : 0;
        for (std::size_t w = begin; w < words; ++w) {
            const bool is_cut = page == from / page_bits && w == begin;
            const auto left = is_cut ? (*bits)[w] & bits_from(from) : (*bits)[w];
            if (left != 0)
                return page * page_bits + w * 64 + static_cast<std::uint64_t>(std::countr_zero(left));
        }
    }
    return std::nullopt;
}

std::uint64_t BitPages::next_missing(std::uint64_t from) const {
    for (;;) {
        const auto missing = ~word(from) & bits_from(from);
        if (missing != 0) return from / 64 * 64 + static_cast<std::uint64_t>(std::countr_zero(missing));
        from = from / 64 * 64 + 64;
    }
}

}  // namespace weir::queue
