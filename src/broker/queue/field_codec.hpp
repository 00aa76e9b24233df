// The fields of the queue log's records and checkpoints: varints, and bytes with their length before them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/varint.hpp"

namespace weir::queue {

class FieldWriter {
  public:
    FieldWriter() = default;
    // In the memory of what is not needed any more.
    explicit FieldWriter(Bytes reused) : out_(std::move(reused)) { out_.clear(); }
    FieldWriter& number(std::uint64_t value) {
        put_uvarint(out_, value);
        return *this;
    }
    FieldWriter& signed_number(std::int64_t value) {
        put_varint(out_, value);
        return *this;
    }
    FieldWriter& bytes(ByteView bytes) {
        number(bytes.size());
        return raw(bytes);
    }
    FieldWriter& text(std::string_view text) { return bytes(as_bytes(text)); }
    FieldWriter& raw(ByteView bytes) {
        out_.insert(out_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    Bytes take() { return std::move(out_); }
    std::size_t size() const { return out_.size(); }

  private:
    Bytes out_;
};

// Reads what is there; after the first thing that is not, ok() is false and all else reads as zero and empty.
class FieldReader {
  public:
    explicit FieldReader(ByteView in) : in_(in) {}

    std::uint64_t number() {
        const auto value = ok_ ? take_uvarint(in_) : std::nullopt;
        ok_ = value.has_value();
        return value.value_or(0);
    }
    // At most `limit`, which must be less than the type can hold.
    std::uint64_t number_up_to(std::uint64_t limit) {
        const auto value = number();
        if (value > limit) fail();
        return ok_ ? value : 0;
    }
    std::int64_t signed_number() {
        const auto value = ok_ ? take_varint(in_) : std::nullopt;
        ok_ = value.has_value();
        return value.value_or(0);
    }
    bool flag() { return number_up_to(1) != 0; }
    // How many elements follow, of which each takes `smallest` bytes at least.
    std::size_t count(std::size_t smallest = 1) { return number_up_to(in_.size() / smallest); }
    std::size_t remaining() const { return in_.size(); }
    ByteView bytes() { return raw(number()); }
    std::string text() { return std::string(as_text(bytes())); }
    ByteView raw(std::uint64_t size) {
        if (size > in_.size()) fail();
        if (!ok_) return {};
        const ByteView front = in_.first(size);
        in_ = in_.subspan(size);
        return front;
    }
    void fail() { ok_ = false; }
    bool ok() const { return ok_; }
    bool at_end() const { return ok_ && in_.empty(); }

  private:
    ByteView in_;
    bool ok_ = true;
};

}  // namespace weir::queue
