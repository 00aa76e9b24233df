// File names, made and read.
#include "log/layout.hpp"

#include <charconv>

namespace weir::log {

namespace {

constexpr std::size_t digits = 20;
constexpr std::size_t uuid_text_size = 22;
constexpr std::string_view journal_prefix = "journal-";
constexpr std::string_view damage_ending = ".damaged";

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
    return value;
}

bool plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

}  // namespace

std::string topic_folder(std::string_view label, const Uuid& topic_id) {
    std::string name{label.substr(0, longest_label)};
    for (auto& c : name) {
        if (!plain(c)) c = '_';
    }
    return name + "." + topic_id.text();
}

std::optional<Uuid> parse_topic_folder(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || name.size() - dot - 1 != uuid_text_size) return std::nullopt;
    return Uuid::parse(name.substr(dot + 1));
}

std::string segment_stem(PartitionId partition, Offset base) {
    return fmt::format("{}-{:020}", partition.value, base.value);
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
    SegmentName parsed;
    if (name.ends_with(".log")) {
        name.remove_suffix(4);
    } else if (name.ends_with(".index")) {
        name.remove_suffix(6);
        parsed.index = true;
    } else {
        return std::nullopt;
    }
    const auto dash = name.find('-');
    if (dash == std::string_view::npos || dash == 0 || name.size() - dash - 1 != digits) return std::nullopt;
    const auto partition = parse_number<std::int32_t>(name.substr(0, dash));
    const auto base = parse_number<std::int64_t>(name.substr(dash + 1));
    if (!partition || !base) return std::nullopt;
    parsed.partition = PartitionId{*partition};
    parsed.base = Offset{*base};
    return parsed;
}

std::string damage_name(PartitionId partition) {
    return fmt::format("{}{}", partition.value, damage_ending);
}

std::optional<PartitionId> parse_damage_name(std::string_view name) {
    if (!name.ends_with(damage_ending) || name.size() == damage_ending.size()) return std::nullopt;
    const auto number = parse_number<std::int32_t>(name.substr(0, name.size() - damage_ending.size()));
    return number ? std::optional{PartitionId{*number}} : std::nullopt;
}

std::string journal_name(std::uint64_t number) {
    return fmt::format("{}{:020}", journal_prefix, number);
}

std::optional<std::uint64_t> parse_journal_name(std::string_view name) {
    if (!name.starts_with(journal_prefix) || name.size() != journal_prefix.size() + digits)
        return std::nullopt;
    return parse_number<std::uint64_t>(name.substr(journal_prefix.size()));
}

}  // namespace weir::log
