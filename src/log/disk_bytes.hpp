// Reading and writing the fields of weir's own disk formats: little-endian, never beyond what is there.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/uuid.hpp"

namespace weir::log {

// Takes fields off the front of some bytes. Once they run out, everything taken is zero and ok() is false.
class ByteReader {
  public:
    explicit ByteReader(ByteView bytes) : left_(bytes) {}

    template <class T>
    T take() {
        if (left_.size() < sizeof(T)) {
            fail();
            return T{};
        }
        const auto value = load_little<T>(left_.data());
        left_ = left_.subspan(sizeof(T));
        return value;
    }

    ByteView take_bytes(std::size_t count) {
        if (left_.size() < count) {
            fail();
            return {};
        }
        const auto bytes = left_.first(count);
        left_ = left_.subspan(count);
        return bytes;
    }

    Uuid take_uuid() {
        Uuid id;
        const auto bytes = take_bytes(id.bytes.size());
        if (!bytes.empty()) std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
        return id;
    }

    // A string behind its 16-bit length.
    std::string take_text() { return std::string{as_text(take_bytes(take<std::uint16_t>()))}; }

    // A 32-bit count of elements that take `element_bytes` each at least: 0 and a failure if they can't be
    // there.
    std::uint32_t take_count(std::size_t element_bytes) {
        const auto count = take<std::uint32_t>();
        if (count <= left_.size() / element_bytes) return count;
        fail();
        return 0;
    }

    bool ok() const { return ok_; }
    std::size_t left() const { return left_.size(); }

  private:
    void fail() {
        ok_ = false;
        left_ = {};
    }

    ByteView left_;
    bool ok_ = true;
};

template <class T>
void put(Bytes& out, T value) {
    const auto at = out.size();
    out.resize(at + sizeof(T));
    store_little(out.data() + at, value);
}

inline void put_bytes(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}
inline void put_uuid(Bytes& out, const Uuid& id) {
    put_bytes(out, id.bytes);
}

// `text` is at most 65,535 bytes long.
inline void put_text(Bytes& out, std::string_view text) {
    put(out, static_cast<std::uint16_t>(text.size()));
    put_bytes(out, as_bytes(text));
}

}  // namespace weir::log
