// Values of arguments, settings and headers: a neutral variant that keeps each one's type, with comparison by
// value.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"

namespace weir::topology {

struct Value;
using List = std::vector<Value>;
using Table = std::map<std::string, Value, std::less<>>;

// How an integer was sent; it counts for nothing when values are compared.
enum class Width : std::uint8_t { int8, uint8, int16, uint16, int32, uint32, int64, uint64 };

struct Integer {
    std::int64_t value = 0;  // of uint64: its bits
    Width width = Width::int64;

    // As a number that an int64 holds; nothing for a uint64 beyond that.
    std::optional<std::int64_t> as_int64() const;
    bool operator==(const Integer& other) const {
        return as_int64() == other.as_int64() && value == other.value;
    }
};
struct Real {
    double value = 0;
    bool is_single = false;  // sent in 32 bits
    // What is no number is equal to itself, so that a record is equal to its copy.
    bool operator==(const Real& other) const {
        return value == other.value || (std::isnan(value) && std::isnan(other.value));
    }
};
// unscaled / 10^scale
struct Decimal {
    std::uint8_t scale = 0;
    std::int32_t unscaled = 0;
    bool operator==(const Decimal&) const = default;
};
struct Timestamp {
    std::int64_t seconds = 0;  // since 1970-01-01 UTC
    bool operator==(const Timestamp&) const = default;
};
struct Blob {
    Bytes bytes;
    bool operator==(const Blob&) const = default;
};

// Alternatives in the order of their numbers on disk (docs/formats/metadata.md); std::monostate: no value.
using AnyValue =
    std::variant<std::monostate, bool, Integer, Real, Decimal, Timestamp, std::string, Blob, List, Table>;

// Equal if of one class (all widths of integers are one, both of reals) and of equal value.
struct Value : AnyValue {
    using AnyValue::AnyValue;
    Value() = default;
    Value(const char* text) : AnyValue(std::string{text}) {}        // NOLINT: a text is a value
    Value(int number) : AnyValue(Integer{number, Width::int32}) {}  // NOLINT: so is a number

    bool is_none() const { return index() == 0; }
    // nullptr, nothing: of another class.
    const std::string* text() const { return std::get_if<std::string>(this); }
    std::optional<std::int64_t> integer() const;
    std::optional<bool> flag() const;
    const Table* table() const { return std::get_if<Table>(this); }
};
bool operator==(const Value& a, const Value& b);

// The class's name: "integer", "text".
std::string_view class_name(const Value& value);
// As a person reads it, at most about 200 characters of it: 10, true, 'text', [1, 2], {a: 1}.
std::string to_text(const Value& value);

}  // namespace weir::topology
