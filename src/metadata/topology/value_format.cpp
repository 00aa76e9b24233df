// Values and tables as bytes, with their types.
#include <bit>

#include "metadata/topology/format.hpp"

namespace weir::topology {

namespace {

constexpr std::size_t max_list_items = max_table_bytes;

struct ValueWriter {
    FieldWriter& out;

    void operator()(std::monostate) {}
    void operator()(bool value) { out.flag(value); }
    void operator()(const Integer& integer) {
        out.number(static_cast<std::uint64_t>(integer.width));
        out.signed_number(integer.value);
    }
    void operator()(const Real& real) {
        out.flag(real.is_single);
        out.number(std::bit_cast<std::uint64_t>(real.value));
    }
    void operator()(const Decimal& decimal) {
        out.number(decimal.scale);
        out.signed_number(decimal.unscaled);
    }
    void operator()(const Timestamp& at) { out.signed_number(at.seconds); }
    void operator()(const std::string& text) { out.text(text); }
    void operator()(const Blob& blob) { out.blob(blob.bytes); }
    void operator()(const List& list) {
        out.number(list.size());
        for (const auto& item : list) write(out, item);
    }
    void operator()(const Table& table) { write(out, table); }
};

Value read_value(FieldReader& in, std::size_t depth);

Table read_table(FieldReader& in, std::size_t depth) {
    Table out;
    for (auto left = in.count(max_list_items); left > 0 && in.ok(); --left) {
        auto name = in.text(max_value_text_bytes);
        if (!out.empty() && name <= out.rbegin()->first) return in.fail(), Table{};
        auto value = read_value(in, depth);
        out.emplace_hint(out.end(), std::move(name), std::move(value));
    }
    return out;
}

List read_list(FieldReader& in, std::size_t depth) {
    List out;
    for (auto left = in.count(max_list_items); left > 0 && in.ok(); --left)
        out.push_back(read_value(in, depth));
    return out;
}

Integer read_integer(FieldReader& in) {
    const auto width = static_cast<Width>(in.number(static_cast<std::uint64_t>(Width::uint64)));
    return {in.signed_number(INT64_MIN, INT64_MAX), width};
}

Real read_real(FieldReader& in) {
    const bool is_single = in.flag();
    return {std::bit_cast<double>(in.number()), is_single};
}

Decimal read_decimal(FieldReader& in) {
    const auto scale = static_cast<std::uint8_t>(in.number(UINT8_MAX));
    return {scale, static_cast<std::int32_t>(in.signed_number(INT32_MIN, INT32_MAX))};
}

Value read_value(FieldReader& in, std::size_t depth) {
    if (depth == 0) return in.fail(), Value{};
    switch (in.number()) {
        case 0: return {};
        case 1: return in.flag();
        case 2: return read_integer(in);
        case 3: return read_real(in);
        case 4: return read_decimal(in);
        case 5: return Timestamp{in.signed_number(INT64_MIN, INT64_MAX)};
        case 6: return in.text(max_value_text_bytes);
        case 7: return Blob{in.blob(max_value_text_bytes)};
        case 8: return read_list(in, depth - 1);
        case 9: return read_table(in, depth - 1);
        default: return in.fail(), Value{};
    }
}

std::size_t depth_of(const Value& value);

std::size_t depth_of(const Table& table) {
    std::size_t deepest = 0;
    for (const auto& [name, value] : table) deepest = std::max(deepest, depth_of(value));
    return deepest;
}

// 1 for a plain value.
std::size_t depth_of(const Value& value) {
    if (const auto* table = value.table()) return 1 + depth_of(*table);
    const auto* list = std::get_if<List>(&value);
    if (list == nullptr) return 1;
    std::size_t deepest = 0;
    for (const auto& item : *list) deepest = std::max(deepest, depth_of(item));
    return 1 + deepest;
}

}  // namespace

void write(FieldWriter& out, const Value& value) {
    out.number(value.index());
    std::visit(ValueWriter{out}, static_cast<const AnyValue&>(value));
}

void write(FieldWriter& out, const Table& table) {
    out.number(table.size());
    for (const auto& [name, value] : table) out.text(name), write(out, value);
}

Table read_table(FieldReader& in) {
    const auto before = in.left();
    auto out = read_table(in, max_table_depth);
    if (in.ok() && before - in.left() > max_table_bytes) return in.fail(), Table{};
    return out;
}

Bytes encoded(const Table& table) {
    Bytes out;
    FieldWriter writer{out};
    write(writer, table);
    return out;
}

Result<void> check_table(const Table& table) {
    if (depth_of(table) > max_table_depth)
        return Error{Errc::invalid_argument,
                     "the arguments hold tables or lists that lie too deep in others"};
    if (encoded(table).size() > max_table_bytes) {
        return Error{Errc::invalid_argument,
                     fmt::format("the arguments have more than {} bytes", max_table_bytes)};
    }
    return {};
}

}  // namespace weir::topology
