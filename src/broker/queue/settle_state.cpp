// The floor rises over what is settled; only what lies above it takes memory.
#include "broker/queue/settle_state.hpp"

#include <bit>

namespace weir::queue {
namespace {

constexpr std::size_t smallest_word_bytes = 9;
constexpr std::size_t smallest_attempts_bytes = 3;

}  // namespace

std::uint64_t SettleState::next_open(std::uint64_t from) const {
    from = std::max(from, floor_);
    return settled_.empty() ? from : settled_.next_missing(from);
}

bool SettleState::is_word_settled(std::uint64_t number) const {
    const std::uint64_t first = number / 64 * 64;
    if (first + 64 <= floor_) return true;
    const auto above = floor_ > first ? ~std::uint64_t{0} << (floor_ - first) : ~std::uint64_t{0};
    return (settled_.word(first) & above) == above;
}

bool SettleState::settle(std::uint64_t number) {
    if (number < floor_) return false;
    if (number != floor_) {
        if (!settled_.set(number)) return false;
    } else {
        floor_ = settled_.empty() ? floor_ + 1 : settled_.next_missing(floor_ + 1);
        if (!settled_.empty()) settled_.clear_before(floor_);
    }
    if (attempts_) {
        attempts_->erase(number);
        if (attempts_->empty()) attempts_.reset();
    }
    raise_delivered_mark(floor_);
    return true;
}

const SettleState::Attempts* SettleState::attempts(std::uint64_t number) const {
    if (!attempts_) return nullptr;
    const auto at = attempts_->find(number);
    return at == attempts_->end() ? nullptr : &at->second;
}

void SettleState::set_attempts(std::uint64_t number, Attempts attempts) {
    if (!attempts_) attempts_ = std::make_unique<AllAttempts>();
    (*attempts_)[number] = attempts;
}

void SettleState::write(FieldWriter& out) const {
    out.number(floor_).number(delivered_);
    std::uint64_t count = 0;
    settled_.for_each_word([&](auto, auto) { ++count; });
    out.number(count);
    std::uint64_t next = floor_ / 64;
    settled_.for_each_word([&](std::uint64_t first, std::uint64_t bits) {
        Bytes word(sizeof bits);
        store_little(word.data(), bits);
        out.number(first / 64 - next).raw(word);
        next = first / 64 + 1;
    });
    out.number(attempts_ ? attempts_->size() : 0);
    if (!attempts_) return;
    for (const auto& [number, attempts] : *attempts_) {
        out.number(number).number(attempts.count).signed_number(attempts.not_before_ms);
    }
}

SettleState SettleState::read(FieldReader& in, std::uint64_t begin, std::uint64_t end) {
    SettleState state(in.number_up_to(end));
    if (state.floor_ < begin) in.fail();
    state.delivered_ = std::max(state.floor_, in.number_up_to(end));
    std::uint64_t word = state.floor_ / 64;
    for (auto left = in.count(smallest_word_bytes); left > 0 && in.ok(); --left) {
        word += in.number_up_to(end / 64 - word);
        const ByteView bytes = in.raw(sizeof(std::uint64_t));
        if (!in.ok()) break;
        for (auto bits = load_little<std::uint64_t>(bytes.data()); bits != 0; bits &= bits - 1) {
            const auto number = word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
            if (number <= state.floor_ || number >= end) return in.fail(), SettleState();
            state.settled_.set(number);
        }
        if (left > 1 && ++word > end / 64) in.fail();
    }
    for (auto left = in.count(smallest_attempts_bytes); left > 0 && in.ok(); --left) {
        const auto number = in.number_up_to(end);
        Attempts attempts{static_cast<std::uint32_t>(in.number_up_to(UINT32_MAX)), in.signed_number()};
        if (number >= end || state.is_settled(number)) in.fail();
        if (in.ok()) state.set_attempts(number, attempts);
    }
    return state;
}

}  // namespace weir::queue
