// Reads a Kafka message out of a frame, checking every length before it allocates.
#pragma once

#include <algorithm>

#include "base/result.hpp"
#include "protocols/kafka/wire/records.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

// The fewest bytes that a value of type T takes in a version: what bounds an array's count.
template <class T>
std::size_t minimum_size(std::int16_t version, bool flexible);

struct MinimumSize {
    std::int16_t version;
    bool flexible;
    std::size_t total = 0;

    template <class T>
    void field(const T&, const Field& f) {
        if (f.tag < 0 && f.in.has(version)) total += minimum_size<T>(version, flexible);
    }
};

template <class T>
std::size_t minimum_size(std::int16_t version, bool flexible) {
    if constexpr (Number<T>)
        return sizeof(WireInteger<T>);
    else if constexpr (std::is_same_v<T, Uuid>)
        return 16;
    else if constexpr (Text<T>)
        return flexible ? 1 : 2;
    else if constexpr (Struct<T>) {
        static const T sample{};
        MinimumSize sum{version, flexible, flexible ? 1u : 0u};
        T::fields(sample, sum);
        return sum.total;
    } else if constexpr (Nullable<T>) {
        if constexpr (Struct<typename T::value_type>)
            return 1;
        else
            return minimum_size<typename T::value_type>(version, flexible);
    } else
        return flexible ? 1 : 4;
}

// Reads one message. The first failure sticks: what is read after it is zero, null or empty, and the caller
// asks ok() once, at the end.
class Reader {
  public:
    Reader(ByteView in, std::int16_t version, bool flexible)
        : start_(in.data()),
          at_(in.data()),
          end_(in.data() + in.size()),
          version_(version),
          flexible_(flexible) {}

    bool ok() const { return failure_ == nullptr; }
    ByteView rest() const { return {at_, end_}; }
    // What went wrong where: "field 'name' at byte 17 is cut short".
    std::string problem() const;

    template <class T>
    void field(T& value, const Field& f) {
        if (f.tag >= 0 || !f.in.has(version_)) return;
        name_ = f.name;
        read(value, f.nullable.has(version_));
    }
    template <Struct M>
    void message(M& m) {
        M::fields(m, *this);
        if (flexible_) tagged_fields(m);
    }
    // Steps over a tagged section of which no field is known.
    void skip_tagged_fields();

  private:
    struct TagReader {
        Reader& in;
        std::uint32_t tag;
        bool found = false;

        template <class T>
        void field(T& value, const Field& f) {
            if (f.tag != static_cast<int>(tag) || !f.in.has(in.version_)) return;
            found = true;
            in.name_ = f.name;
            in.read(value, f.nullable.has(in.version_));
        }
    };
    template <Struct M>
    void tagged_fields(M& m) {
        for (auto left = tag_count(); left > 0 && ok(); --left) {
            const auto tag = uvarint();
            const auto size = uvarint();
            if (size > rest().size()) return fail("has a tagged field that is cut short");
            const auto outer = end_;
            end_ = at_ + size;
            TagReader tagged{*this, tag};
            M::fields(m, tagged);
            if (!tagged.found) at_ = end_;
            if (ok() && at_ != end_) return fail("is followed by bytes that belong to no field");
            if (ok()) end_ = outer;
        }
    }

    template <Number T>
    void read(T& out, bool) {
        using Integer = WireInteger<T>;
        const auto* at = take(sizeof(Integer));
        out = at ? from_wire<T>(load_big<Integer>(at)) : T{};
    }
    void read(Uuid& out, bool) {
        if (const auto* at = take(out.bytes.size())) std::copy_n(at, out.bytes.size(), out.bytes.begin());
    }
    template <Text T>
    void read(T& out, bool) {
        out = T{as_text(sized(not_null(string_length())))};
    }
    template <Binary T>
    void read(T& out, bool) {
        const auto bytes = sized(not_null(length()));
        out = T{bytes.begin(), bytes.end()};
    }
    void read(Records& out, bool) { out = {.bytes = sized(std::max<std::int64_t>(length(), 0))}; }
    template <Array T>
    void read(T& out, bool) {
        elements(out, not_null(length()));
    }
    template <Struct M>
    void read(M& m, bool) {
        message(m);
    }
    template <class T>
    void read(std::optional<T>& out, bool nullable) {
        out.reset();
        if (!nullable) return read(out.emplace(), false);
        const auto before = at_;
        if (is_null<T>() || !ok()) return;
        at_ = before;
        if constexpr (Struct<T>) at_ += 1;  // the byte that says whether a struct follows
        read(out.emplace(), false);
    }
    template <class T>
    bool is_null() {
        if constexpr (Struct<T>) {
            const auto* at = take(1);
            return at && static_cast<std::int8_t>(*at) < 0;
        } else if constexpr (Text<T>) {
            return string_length() < 0;
        } else {
            return length() < 0;
        }
    }
    template <class T>
    void elements(std::vector<T>& out, std::int64_t length) {
        out.clear();
        const auto count = static_cast<std::size_t>(length);
        if (count == 0) return;
        if (count * std::max<std::size_t>(minimum_size<T>(version_, flexible_), 1) > rest().size()) {
            return fail("has more elements than the message has room for");
        }
        if (count > elements_left_) return fail("has too many elements");
        elements_left_ -= count;
        out.resize(count);
        for (auto& element : out) {
            if (!ok()) return;
            read(element, false);
        }
    }

    // The length of a string, or of an array or bytes: negative if null.
    std::int64_t string_length() {
        const auto size = flexible_ ? compact_length() : plain_length<std::int16_t>();
        if (size > std::int64_t{max_string}) fail("is longer than a string may be");
        return ok() ? size : 0;
    }
    std::int64_t length() { return flexible_ ? compact_length() : plain_length<std::int32_t>(); }
    std::int64_t compact_length() {
        const std::int64_t size = uvarint();
        return ok() ? size - 1 : 0;
    }
    template <class Integer>
    std::int64_t plain_length() {
        const auto* at = take(sizeof(Integer));
        return at ? load_big<Integer>(at) : 0;
    }
    std::int64_t not_null(std::int64_t size) {
        if (size >= 0) return size;
        fail("must not be null");
        return 0;
    }
    ByteView sized(std::int64_t size) {
        const auto* at = take(static_cast<std::size_t>(size));
        return at ? ByteView{at, static_cast<std::size_t>(size)} : ByteView{};
    }
    std::uint32_t uvarint() {
        if (at_ != end_ && *at_ < 0x80) return *at_++;
        return long_uvarint();
    }
    std::uint32_t long_uvarint();
    std::uint32_t tag_count();

    // The next `size` bytes; nullptr, and a failure, if there are fewer.
    const std::uint8_t* take(std::size_t size) {
        if (size > static_cast<std::size_t>(end_ - at_)) {
            fail("is cut short");
            return nullptr;
        }
        return std::exchange(at_, at_ + size);
    }
    void fail(const char* what);

    const std::uint8_t* start_;
    const std::uint8_t* at_;
    const std::uint8_t* end_;
    std::int16_t version_;
    bool flexible_;
    std::size_t elements_left_ = max_elements;
    std::string_view name_ = "tagged fields";
    const char* failure_ = nullptr;  // once set, at_ == end_
    std::ptrdiff_t failed_at_ = 0;
};

}  // namespace weir::kafka
