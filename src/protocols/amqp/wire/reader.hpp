// Reads a method's fields out of a frame; nothing is copied and nothing allocated.
#pragma once

#include <string>

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

// The first failure sticks: what is read after it is zero or empty, and the caller asks ok() once, at the
// end.
class Reader {
  public:
    explicit Reader(ByteView in) : start_(in.data()), in_(in) {}

    bool ok() const { return failure_ == nullptr; }
    ByteView rest() const { return in_; }
    // What went wrong where: "field 'queue' at byte 17 is cut short".
    std::string problem() const;

    void field(std::string_view name, Bit auto& value) {
        name_ = name;
        if (bits_left_ == 0) start_bits();
        value = bits_ & 1;
        bits_ >>= 1;
        --bits_left_;
    }
    template <Number T>
    void field(std::string_view name, T& value) {
        begin(name);
        const auto* at = take(sizeof(T));
        value = at ? load_big<T>(at) : T{};
    }
    void field(std::string_view name, std::string_view& value) {
        begin(name);
        const auto* size = take(1);
        value = as_text(sized(size ? *size : 0));
    }
    void field(std::string_view name, LongText auto& value) {
        begin(name);
        value.text = as_text(long_bytes());
    }
    void field(std::string_view name, Table& value) {
        begin(name);
        const auto bytes = long_bytes();
        if (const auto* problem = check_table(bytes)) return fail(problem);
        value = Table(bytes);
    }

  private:
    void begin(std::string_view name) {
        name_ = name;
        bits_left_ = 0;
    }
    void start_bits() {
        const auto* at = take(1);
        bits_ = at ? *at : std::uint8_t{0};
        bits_left_ = 8;
    }
    ByteView long_bytes() {
        const auto* at = take(4);
        return sized(at ? load_big<std::uint32_t>(at) : 0);
    }
    ByteView sized(std::size_t size) {
        const auto* at = take(size);
        return at ? ByteView{at, size} : ByteView{};
    }
    // The next `size` bytes; nullptr, and a failure, if there are fewer.
    const std::uint8_t* take(std::size_t size) {
        if (size > in_.size()) {
            fail("is cut short");
            return nullptr;
        }
        const auto* at = in_.data();
        in_ = in_.subspan(size);
        return at;
    }
    void fail(const char* what) {
        if (!ok()) return;
        failure_ = what;
        failed_at_ = in_.data() - start_;
        in_ = {};
    }

    const std::uint8_t* start_;
    ByteView in_;
    std::uint8_t bits_ = 0;
    int bits_left_ = 0;
    std::string_view name_;
    const char* failure_ = nullptr;  // once set, in_ is empty
    std::ptrdiff_t failed_at_ = 0;
};

}  // namespace weir::amqp
