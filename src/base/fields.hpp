// Fields of stored records as bytes: varints, and strings and lists with their length in front.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/uuid.hpp"
#include "base/varint.hpp"

namespace weir {

class FieldWriter {
  public:
    explicit FieldWriter(Bytes& out) : out_(out) {}

    void number(std::uint64_t value) { put_uvarint(out_, value); }
    void signed_number(std::int64_t value) { put_varint(out_, value); }
    void flag(bool value) { out_.push_back(value ? 1 : 0); }
    void text(std::string_view value) { blob(as_bytes(value)); }
    void blob(ByteView value) {
        number(value.size());
        out_.insert(out_.end(), value.begin(), value.end());
    }
    void uuid(const Uuid& value) { out_.insert(out_.end(), value.bytes.begin(), value.bytes.end()); }

  private:
    Bytes& out_;
};

// Reads what FieldWriter wrote. After something that does not fit, ok() is false and everything reads as
// empty. Nothing is allocated beyond what the bytes at hand can fill.
class FieldReader {
  public:
    explicit FieldReader(ByteView in) : in_(in) {}

    bool ok() const { return ok_; }
    bool at_end() const { return in_.empty(); }
    std::size_t left() const { return in_.size(); }
    void fail() { ok_ = false, in_ = {}; }

    std::uint64_t number(std::uint64_t most = UINT64_MAX) {
        const auto value = take_uvarint(in_);
        if (!value || *value > most) return fail(), 0;
        return *value;
    }
    std::int64_t signed_number(std::int64_t least, std::int64_t most) {
        const auto value = take_varint(in_);
        if (!value || *value < least || *value > most) return fail(), 0;
        return *value;
    }
    bool flag() { return number(1) == 1; }
    ByteView bytes(std::size_t size) {
        if (size > in_.size()) return fail(), ByteView{};
        const auto out = in_.first(size);
        in_ = in_.subspan(size);
        return out;
    }
    std::string text(std::size_t most_bytes) { return std::string{as_text(bytes(number(most_bytes)))}; }
    Bytes blob(std::size_t most_bytes) {
        const auto from = bytes(number(most_bytes));
        return {from.begin(), from.end()};
    }
    Uuid uuid() {
        Uuid out;
        std::ranges::copy(bytes(out.bytes.size()), out.bytes.begin());
        return out;
    }
    // A list's length; each item has at least one byte.
    std::size_t count(std::size_t most) { return number(std::min(most, in_.size())); }

  private:
    ByteView in_;
    bool ok_ = true;
};

}  // namespace weir
