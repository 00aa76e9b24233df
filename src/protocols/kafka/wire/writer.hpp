// Writes a Kafka message behind what a buffer already holds: the mirror image of the Reader.
#pragma once

#include "base/assert.hpp"
#include "base/varint.hpp"
#include "protocols/kafka/wire/records.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

// Appends to `out`, which has its right size only after finish(). A field that the version lacks is left out;
// a null that the version lacks becomes the empty value; a string longer than the protocol allows is cut.
class Writer {
  public:
    // `gaps` may be null if no Records leaves anything out.
    Writer(Bytes& out, std::int16_t version, bool flexible, std::vector<Gap>* gaps = nullptr)
        : out_(out),
          at_(out.data() + out.size()),
          end_(at_),
          version_(version),
          flexible_(flexible),
          gaps_(gaps) {}

    template <class T>
    void field(const T& value, const Field& f) {
        if (f.tag < 0 && f.in.has(version_)) write(value, f.nullable.has(version_));
    }
    template <Struct M>
    void message(const M& m) {
        M::fields(m, *this);
        if (flexible_) tagged_fields(m);
    }
    void finish() { out_.resize(position()); }

    std::size_t position() const { return static_cast<std::size_t>(at_ - out_.data()); }
    template <Number T>
    void number(T value) {
        const auto raw = wire_integer(value);
        store_big(room(sizeof raw), raw);
    }
    void no_tagged_fields() { uvarint(0); }

  private:
    struct TagCounter {
        std::int16_t version;
        std::uint32_t count = 0;

        template <class T>
        void field(const T& value, const Field& f) {
            if (f.tag >= 0 && f.in.has(version) && !is_unset(value, f)) ++count;
        }
    };
    struct TagWriter {
        Writer& out;

        template <class T>
        void field(const T& value, const Field& f) {
            if (f.tag < 0 || !f.in.has(out.version_) || is_unset(value, f)) return;
            out.uvarint(static_cast<std::uint32_t>(f.tag));
            const auto start = out.position();
            out.write(value, f.nullable.has(out.version_));
            out.insert_size(start);
        }
    };
    template <Struct M>
    void tagged_fields(const M& m) {
        TagCounter counter{version_};
        M::fields(m, counter);
        uvarint(counter.count);
        if (counter.count > 0) M::fields(m, TagWriter{*this});
    }

    template <Number T>
    void write(T value, bool) {
        number(value);
    }
    void write(const Uuid& id, bool) { raw(id.bytes); }
    template <Text T>
    void write(const T& text, bool) {
        const auto bytes = as_bytes(text).first(cut(text));
        length<std::int16_t>(bytes.size());
        raw(bytes);
    }
    template <Binary T>
    void write(const T& bytes, bool) {
        length<std::int32_t>(bytes.size());
        raw(bytes);
    }
    void write(const Records& records, bool) {
        length<std::int32_t>(records.size());
        raw(records.bytes);
        if (records.left_out == 0) return;
        ASSERT(gaps_ != nullptr);
        gaps_->push_back({position(), records.left_out});
    }
    template <Array T>
    void write(const T& elements, bool) {
        length<std::int32_t>(elements.size());
        for (const auto& element : elements) write(element, false);
    }
    template <Struct M>
    void write(const M& m, bool) {
        message(m);
    }
    template <class T>
    void write(const std::optional<T>& value, bool nullable) {
        if (!value && nullable) return null<T>();
        if constexpr (Struct<T>) {
            if (nullable) number(std::int8_t{1});
        }
        if (value)
            write(*value, false);
        else
            write(T{}, false);
    }
    template <class T>
    void null() {
        if constexpr (Struct<T>)
            number(std::int8_t{-1});
        else if (flexible_)
            uvarint(0);
        else if constexpr (Text<T>)
            number(std::int16_t{-1});
        else
            number(std::int32_t{-1});
    }

    template <class Integer>
    void length(std::size_t size) {
        if (flexible_)
            uvarint(static_cast<std::uint32_t>(size + 1));
        else
            number(static_cast<Integer>(size));
    }
    void raw(ByteView bytes) {
        if (!bytes.empty()) std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    }
    void uvarint(std::uint32_t value) { at_ = write_uvarint(room(5), value); }
    // The bytes of `text` that go out: all, or as many whole UTF-8 characters as a string may hold.
    static std::size_t cut(std::string_view text);
    // Puts the size of what was written since `start` in front of it.
    void insert_size(std::size_t start);

    // The next `size` bytes of the output, to be filled by the caller.
    std::uint8_t* room(std::size_t size) {
        if (size > static_cast<std::size_t>(end_ - at_)) grow(size);
        return std::exchange(at_, at_ + size);
    }
    void grow(std::size_t size);

    Bytes& out_;
    std::uint8_t* at_;   // where the next byte goes
    std::uint8_t* end_;  // of out_, which is larger than what is written until finish()
    std::int16_t version_;
    bool flexible_;
    std::vector<Gap>* gaps_;
};

}  // namespace weir::kafka
