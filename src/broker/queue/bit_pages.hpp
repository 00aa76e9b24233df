// A set of numbers that lie close together, as pages of bits.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weir::queue {

// Takes one bit for each number of a page with any of its numbers in the set, and 8 bytes for each page
// between the first and the last such one: the owner bounds the numbers.
class BitPages {
  public:
    static constexpr std::uint64_t page_bits = 1024;

    bool test(std::uint64_t number) const;
    // Both: whether that changed anything.
    bool set(std::uint64_t number);
    bool clear(std::uint64_t number);
    // Forgets all numbers before `number`.
    void clear_before(std::uint64_t number);

    std::optional<std::uint64_t> first() const { return next(0); }
    // The first number of the set that is not before `from`.
    std::optional<std::uint64_t> next(std::uint64_t from) const;
    // The first number at or behind `from` that is not in the set.
    std::uint64_t next_missing(std::uint64_t from) const;
    // The 64 bits of which `number`'s is one.
    std::uint64_t word(std::uint64_t number) const;

    bool empty() const { return count_ == 0; }
    std::uint64_t count() const { return count_; }
    // Calls visit(first number of the word, bits) for each word that is not empty.
    template <class Visit>
    void for_each_word(Visit visit) const {
        for (std::size_t i = 0; i < pages_.size(); ++i) {
            if (!pages_[i]) continue;
            for (std::size_t w = 0; w < words; ++w) {
                if ((*pages_[i])[w] != 0) visit((first_page_ + i) * page_bits + w * 64, (*pages_[i])[w]);
            }
        }
    }

  private:
    static constexpr std::size_t words = page_bits / 64;
    using Page = std::array<std::uint64_t, words>;

    const Page* find(std::uint64_t page) const;
    Page& make(std::uint64_t page);
    void shrink();

    std::uint64_t first_page_ = 0;  // of pages_
    std::vector<std::unique_ptr<Page>> pages_;
    std::uint64_t count_ = 0;
};

}  // namespace weir::queue
