// Finding settings by name and checking their values.
#include "metadata/setting.hpp"

#include <charconv>

#include "base/assert.hpp"
#include "metadata/setting_table.hpp"

namespace weir::metadata {

namespace {

std::vector<Setting> sorted(std::span<const Setting> table) {
    std::vector<Setting> all(table.begin(), table.end());
    std::ranges::sort(all, {}, &Setting::name);
    return all;
}

Error wrong(const Setting& setting, std::string_view value, const std::string& allowed) {
    return {Errc::invalid_config,
            fmt::format("{} can't be '{}': it takes {}", setting.name, value.substr(0, 80), allowed)};
}

Result<void> check_number(const Setting& setting, std::string_view value) {
    const std::int64_t most = setting.type == SettingType::int32 ? INT32_MAX : INT64_MAX;
    const std::int64_t least =
        std::max<std::int64_t>(setting.least, setting.type == SettingType::int32 ? INT32_MIN : INT64_MIN);
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (failure != std::errc{} || end != value.data() + value.size() || number < least || number > most) {
        return wrong(setting, value, fmt::format("a whole number from {} to {}", least, most));
    }
    return {};
}

Result<void> check_ratio(const Setting& setting, std::string_view value) {
    double number = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (failure != std::errc{} || end != value.data() + value.size() || !(number >= 0 && number <= 1)) {
        return wrong(setting, value, "a number from 0 to 1");
    }
    return {};
}

bool is_choice(std::string_view choices, std::string_view value) {
    if (choices.empty()) return true;
    while (!choices.empty()) {
        const auto bar = choices.find('|');
        if (choices.substr(0, bar) == value) return true;
        choices = bar == std::string_view::npos ? std::string_view{} : choices.substr(bar + 1);
    }
    return false;
}

std::string spoken(std::string_view choices) {
    std::string out;
    for (const char c : choices) c == '|' ? out += ", " : out += c;
    return out;
}

Result<void> check_list(const Setting& setting, std::string_view value) {
    for (const auto item : list_items(value)) {
        if (!is_choice(setting.choices, item)) {
            return wrong(setting, value, fmt::format("a list of: {}", spoken(setting.choices)));
        }
    }
    return {};
}

// How many single-character changes lead from `a` to `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
        }
    }
    return row[b.size()];
}

}  // namespace

std::span<const Setting> all_settings(SettingScope scope) {
    static const auto topic = sorted(topic_setting_table());
    static const auto broker = sorted(broker_setting_table());
    return scope == SettingScope::topic ? topic : broker;
}

const Setting* find_setting(SettingScope scope, std::string_view name) {
    const auto all = all_settings(scope);
    const auto at = std::ranges::lower_bound(all, name, {}, &Setting::name);
    return at != all.end() && at->name == name ? &*at : nullptr;
}

std::string_view nearest_setting(SettingScope scope, std::string_view name) {
    constexpr std::size_t longest = 64;
    if (name.size() > longest) return {};
    std::string_view best;
    std::size_t best_distance = 1 + name.size() / 3;
    for (const auto& setting : all_settings(scope)) {
        const auto distance = edit_distance(name, setting.name);
        if (distance < best_distance) best = setting.name, best_distance = distance;
    }
    return best;
}

Result<void> check_setting_value(const Setting& setting, std::string_view value) {
    if (value.size() > max_setting_value_bytes) {
        return wrong(setting, value, fmt::format("at most {} bytes", max_setting_value_bytes));
    }
    switch (setting.type) {
        case SettingType::boolean: {
            const auto choices = setting.choices.empty() ? "true|false" : setting.choices;
            if (!is_choice(choices, value)) return wrong(setting, value, spoken(choices));
            return {};
        }
        case SettingType::int32:
        case SettingType::int64: return check_number(setting, value);
        case SettingType::ratio: return check_ratio(setting, value);
        case SettingType::list: return check_list(setting, value);
        case SettingType::text:
            if (!is_choice(setting.choices, value)) {
                return wrong(setting, value, fmt::format("one of: {}", spoken(setting.choices)));
            }
            return {};
        case SettingType::secret: return {};
    }
    ASSERT(false);
}

Result<void> check_overrides(SettingScope scope, const Overrides& overrides) {
    for (const auto& [name, value] : overrides) {
        const auto* setting = find_setting(scope, name);
        if (setting == nullptr) {
            const auto near = nearest_setting(scope, name);
            return Error{Errc::invalid_config,
                         fmt::format("there is no {} setting '{}'{}",
                                     scope == SettingScope::topic ? "topic" : "broker",
                                     std::string_view{name}.substr(0, 80),
                                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near))};
        }
        if (auto checked = check_setting_value(*setting, value); !checked) return checked;
    }
    return {};
}

std::vector<std::string_view> list_items(std::string_view value) {
    std::vector<std::string_view> items;
    while (!value.empty()) {
        const auto comma = std::min(value.find(','), value.size());
        auto item = value.substr(0, comma);
        value.remove_prefix(std::min(comma + 1, value.size()));
        while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
        while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
        if (!item.empty()) items.push_back(item);
    }
    return items;
}

}  // namespace weir::metadata
