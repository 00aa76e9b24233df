// Comparing values and showing them.
#include "metadata/topology/value.hpp"

#include <array>

namespace weir::topology {

namespace {

constexpr std::size_t max_shown = 200;

struct Shower {
    std::string out;

    void operator()(std::monostate) { out += "none"; }
    void operator()(bool value) { out += value ? "true" : "false"; }
    void operator()(const Integer& integer) {
        out += integer.width == Width::uint64 ? fmt::to_string(static_cast<std::uint64_t>(integer.value))
                                              : fmt::to_string(integer.value);
    }
    void operator()(const Real& real) { out += fmt::to_string(real.value); }
    void operator()(const Decimal& decimal) { out += fmt::format("{}e-{}", decimal.unscaled, decimal.scale); }
    void operator()(const Timestamp& at) { out += fmt::to_string(at.seconds); }
    void operator()(const std::string& text) { out += '\'' + text.substr(0, max_shown) + '\''; }
    void operator()(const Blob& blob) { out += fmt::format("{} bytes", blob.bytes.size()); }
    void operator()(const List& list) {
        out += '[';
        for (const auto& item : list) next(&item != list.data()), show(item);
        out += ']';
    }
    void operator()(const Table& table) {
        out += '{';
        bool is_first = true;
        for (const auto& [name, value] : table) {
            next(!std::exchange(is_first, false));
            if (out.size() < max_shown) out += name.substr(0, max_shown) + ": ";
            show(value);
        }
        out += '}';
    }
    void next(bool needs_comma) {
        if (needs_comma && out.size() < max_shown) out += ", ";
    }
    void show(const Value& value) {
        if (out.size() < max_shown) std::visit(*this, static_cast<const AnyValue&>(value));
    }
};

}  // namespace

std::optional<std::int64_t> Integer::as_int64() const {
    if (width == Width::uint64 && value < 0) return std::nullopt;
    return value;
}

std::optional<std::int64_t> Value::integer() const {
    const auto* integer = std::get_if<Integer>(this);
    return integer != nullptr ? integer->as_int64() : std::nullopt;
}

std::optional<bool> Value::flag() const {
    const auto* flag = std::get_if<bool>(this);
    return flag != nullptr ? std::optional{*flag} : std::nullopt;
}

bool operator==(const Value& a, const Value& b) {
    return static_cast<const AnyValue&>(a) == static_cast<const AnyValue&>(b);
}

std::string_view class_name(const Value& value) {
    static constexpr std::array<std::string_view, std::variant_size_v<AnyValue>> names{
        "none", "boolean", "integer", "real", "decimal", "timestamp", "text", "bytes", "list", "table"};
    return names[value.index()];
}

std::string to_text(const Value& value) {
    Shower shower;
    shower.show(value);
    return std::move(shower.out);
}

}  // namespace weir::topology
