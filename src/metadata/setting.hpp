// The settings that weir knows, for topics and for brokers: one table with each one's type, default and
// meaning.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::metadata {

enum class SettingType { boolean, text, int32, int64, ratio, list, secret };
enum class SettingScope { topic, broker };
enum class SettingChange {
    dynamic,      // any time, through the catalogue
    at_start,     // only from the configuration file
    at_creation,  // with the topic only
};

// Another setting that gives a value where this one has none: its number times `factor`.
struct SettingSynonym {
    std::string_view name;
    std::int64_t factor = 1;
};

struct Setting {
    std::string_view name;
    SettingScope scope;
    SettingType type;
    std::optional<std::string_view> fallback;  // the built-in value; none: unset
    std::string_view doc;            // one sentence, as `weir topic describe` and DescribeConfigs show it
    std::int64_t least = INT64_MIN;  // of int32, int64
    std::string_view choices = {};   // of text and list: what is allowed, separated by '|'; empty: anything
    std::span<const SettingSynonym> synonyms = {};  // broker settings asked next, in this order
    SettingChange change = SettingChange::dynamic;
};

inline constexpr std::size_t max_setting_value_bytes = 32 * 1024;

// All of a scope, ordered by name.
std::span<const Setting> all_settings(SettingScope scope);
// nullptr if there is none.
const Setting* find_setting(SettingScope scope, std::string_view name);
// The known name most like `name`, for "did you mean"; empty if none is near.
std::string_view nearest_setting(SettingScope scope, std::string_view name);

// invalid_config, with a sentence that says what is allowed.
Result<void> check_setting_value(const Setting& setting, std::string_view value);

// Values by setting name, as written. Names need not be known (an older weir may read a newer one's).
using Overrides = std::map<std::string, std::string, std::less<>>;

// invalid_config for the first unknown name or wrong value.
Result<void> check_overrides(SettingScope scope, const Overrides& overrides);

// The items of a list's value: separated by commas, without blanks around them; "" has none.
std::vector<std::string_view> list_items(std::string_view value);

}  // namespace weir::metadata
