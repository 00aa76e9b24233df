// Conversions, with their limits checked before anything is made.
#include "protocols/management/json.hpp"

#include <algorithm>
#include <charconv>

#include "metadata/topology/entities.hpp"

namespace weir::management {

using topology::Integer;
using topology::Value;
using topology::Width;

namespace {

struct JsonOf {
    Json nothing = nullptr;

    Json of(const Value& value) const {
        return std::visit(*this, static_cast<const topology::AnyValue&>(value));
    }
    Json operator()(std::monostate) const { return nothing; }
    Json operator()(bool flag) const { return flag; }
    Json operator()(const Integer& number) const {
        if (const auto value = number.as_int64()) return *value;
        return static_cast<std::uint64_t>(number.value);
    }
    Json operator()(const topology::Real& number) const { return number.value; }
    Json operator()(const topology::Decimal& decimal) const {
        return static_cast<double>(decimal.unscaled) / std::pow(10.0, decimal.scale);
    }
    Json operator()(const topology::Timestamp& time) const { return time.seconds; }
    Json operator()(const std::string& text) const { return text; }
    Json operator()(const topology::Blob& blob) const { return std::string{as_text(blob.bytes)}; }
    Json operator()(const topology::List& list) const {
        auto out = Json::array();
        for (const auto& one : list) out.push_back(of(one));
        return out;
    }
    Json operator()(const topology::Table& table) const {
        auto out = Json::object();
        for (const auto& [name, value] : table) out[name] = of(value);
        return out;
    }
};

void take_word_for_nothing(Value& value) {
    if (value.text() != nullptr && *value.text() == no_value) value = Value{};
    if (auto* list = std::get_if<topology::List>(&value)) std::ranges::for_each(*list, take_word_for_nothing);
    if (auto* table = std::get_if<topology::Table>(&value)) {
        for (auto& [name, one] : *table) take_word_for_nothing(one);
    }
}

Error wrong_value(std::string why) {
    return {Errc::invalid_argument, std::move(why)};
}

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        auto word = text.substr(0, end);
        while (word.starts_with(' ')) word.remove_prefix(1);
        while (word.ends_with(' ')) word.remove_suffix(1);
        if (!word.empty()) out.emplace_back(word);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

}  // namespace

Result<Parsed> parse_json(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Parsed{};
    auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return wrong_value("not_json");
    return Parsed{std::move(json)};
}

std::string json_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const Value& value) {
    return JsonOf{}.of(value);
}

Json to_json(const topology::Table& table) {
    return JsonOf{}(table);
}

Json arguments_json(const topology::Table& arguments) {
    return JsonOf{std::string{no_value}}(arguments);
}

Json to_json(const std::vector<std::string>& list) {
    auto out = Json::array();
    for (const auto& one : list) out.push_back(one);
    return out;
}

Result<Value> to_value(const Json& json, std::size_t depth) {
    if (depth > topology::max_table_depth) return wrong_value("lists and tables are nested too deep");
    switch (json.type()) {
        case Json::value_t::boolean: return Value{json.get<bool>()};
        case Json::value_t::number_integer: return Value{Integer{json.get<std::int64_t>(), Width::int64}};
        case Json::value_t::number_unsigned: {
            const auto number = json.get<std::uint64_t>();
            if (number > INT64_MAX) return wrong_value("a number is too large");
            return Value{Integer{static_cast<std::int64_t>(number), Width::int64}};
        }
        case Json::value_t::number_float: return Value{topology::Real{json.get<double>(), false}};
        case Json::value_t::string: return Value{json.get<std::string>()};
        case Json::value_t::array: {
            topology::List list;
            for (const auto& one : json) {
                auto value = to_value(one, depth + 1);
                if (!value) return value.error();
                list.push_back(std::move(*value));
            }
            return Value{std::move(list)};
        }
        case Json::value_t::object: {
            topology::Table table;
            for (const auto& [name, one] : json.items()) {
                auto value = to_value(one, depth + 1);
                if (!value) return value.error();
                table.insert_or_assign(name, std::move(*value));
            }
            return Value{std::move(table)};
        }
        default: return Value{};
    }
}

Result<topology::Table> to_table(const Json& json) {
    // Other programs write an empty table as an empty list.
    if (json.is_null() || (json.is_array() && json.empty())) return topology::Table{};
    if (!json.is_object()) return wrong_value("arguments are an object");
    auto value = to_value(json);
    if (!value) return value.error();
    return std::get<topology::Table>(std::move(*value));
}

Fields::Fields(const Json& json) : json_(json) {
    if (!json.is_object()) fail("the body is no JSON object");
}

const Json* Fields::find(const char* name) const {
    if (!json_.is_object()) return nullptr;
    const auto at = json_.find(name);
    return at == json_.end() || at->is_null() ? nullptr : &*at;
}

void Fields::fail(std::string message) {
    if (!error_) error_ = wrong_value(std::move(message));
}

void Fields::wrong(const char* name, const char* wanted) {
    fail(fmt::format("{} must be {}", name, wanted));
}

std::string Fields::text(const char* name, std::string_view otherwise) {
    const auto* at = find(name);
    if (at == nullptr) return std::string{otherwise};
    if (at->is_string()) return at->get<std::string>();
    return wrong(name, "a text"), std::string{otherwise};
}

std::string Fields::must_text(const char* name) {
    if (!has(name)) fail(fmt::format("key_missing: {}", name));
    return text(name);
}

bool Fields::flag(const char* name, bool otherwise) {
    const auto* at = find(name);
    if (at == nullptr) return otherwise;
    if (at->is_boolean()) return at->get<bool>();
    if (*at == "true") return true;
    if (*at == "false") return false;
    return wrong(name, "true or false"), otherwise;
}

std::int64_t Fields::integer(const char* name, std::int64_t otherwise) {
    const auto* at = find(name);
    if (at == nullptr) return otherwise;
    if (at->is_number_unsigned() && at->get<std::uint64_t>() > INT64_MAX)
        return wrong(name, "a smaller number"), otherwise;
    if (at->is_number_integer()) return at->get<std::int64_t>();
    std::int64_t number = 0;
    const auto text = at->is_string() ? at->get<std::string>() : "";
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed == std::errc{} && end == text.data() + text.size()) return number;
    return wrong(name, "a whole number"), otherwise;
}

topology::Table Fields::table(const char* name) {
    const auto* at = find(name);
    if (at == nullptr) return {};
    auto table = to_table(*at);
    if (table) return std::move(*table);
    fail(fmt::format("{}: {}", name, table.error().message));
    return {};
}

topology::Table Fields::arguments(const char* name) {
    auto out = table(name);
    for (auto& [key, value] : out) take_word_for_nothing(value);
    return out;
}

std::vector<std::string> Fields::words(const char* name) {
    const auto* at = find(name);
    if (at == nullptr) return {};
    if (at->is_string()) return split_words(at->get<std::string>());
    std::vector<std::string> out;
    if (!at->is_array()) return wrong(name, "a list of texts"), out;
    for (const auto& one : *at) {
        if (!one.is_string()) return wrong(name, "a list of texts"), out;
        out.push_back(one.get<std::string>());
    }
    return out;
}

}  // namespace weir::management
