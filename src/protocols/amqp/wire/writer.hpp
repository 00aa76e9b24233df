// Writes a method's fields behind what a buffer already holds: the mirror image of the Reader.
#pragma once

#include <cstring>
#include <utility>

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

// Appends to `out`, which has its right size only after finish(). A short string that is longer than the
// protocol allows is cut at a character's start.
class Writer {
  public:
    explicit Writer(Bytes& out) : out_(out), at_(out.data() + out.size()), end_(at_) {}

    void field(std::string_view, Bit auto value) {
        if (bit_ == 0 || bit_ == 8) start_bits();
        out_[bits_at_] = static_cast<std::uint8_t>(out_[bits_at_] | std::uint8_t{value} << bit_++);
    }
    void field(std::string_view, Number auto value) {
        bit_ = 0;
        number(value);
    }
    void field(std::string_view, std::string_view value) {
        bit_ = 0;
        value = cut(value);
        number(static_cast<std::uint8_t>(value.size()));
        raw(as_bytes(value));
    }
    void field(std::string_view, const LongText auto& value) { long_bytes(as_bytes(value.text)); }
    void field(std::string_view, const Table& value) { long_bytes(value.bytes()); }

    template <class Integer>
    void number(Integer value) {
        store_big(room(sizeof value), value);
    }
    void raw(ByteView bytes) {
        if (!bytes.empty()) std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    }
    std::size_t position() const { return static_cast<std::size_t>(at_ - out_.data()); }
    // Fills in a 32-bit number that was written as something else before.
    void number_at(std::size_t position, std::uint32_t value) { store_big(out_.data() + position, value); }
    void finish() { out_.resize(position()); }

  private:
    void start_bits() {
        bits_at_ = position();
        number(std::uint8_t{0});
        bit_ = 0;
    }
    void long_bytes(ByteView bytes) {
        bit_ = 0;
        number(static_cast<std::uint32_t>(bytes.size()));
        raw(bytes);
    }
    // As many whole UTF-8 characters of `text` as a short string may hold.
    static std::string_view cut(std::string_view text);
    // The next `size` bytes of the output, to be filled by the caller.
    std::uint8_t* room(std::size_t size) {
        if (size > static_cast<std::size_t>(end_ - at_)) grow(size);
        return std::exchange(at_, at_ + size);
    }
    void grow(std::size_t size);

    Bytes& out_;
    std::uint8_t* at_;   // where the next byte goes
    std::uint8_t* end_;  // of out_, which is larger than what is written until finish()
    std::size_t bits_at_ = 0;
    int bit_ = 0;  // of the octet at bits_at_; 0: there is none
};

}  // namespace weir::amqp
