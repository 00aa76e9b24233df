// Settings through their layers.
#include "metadata/effective_setting.hpp"

#include <charconv>

namespace weir::metadata {

namespace {

using Layer = std::pair<const Overrides*, SettingSource>;

// The broker settings that this one takes its value from, in order.
std::vector<SettingSynonym> names_to_ask(const Setting& setting) {
    std::vector<SettingSynonym> names{setting.synonyms.begin(), setting.synonyms.end()};
    if (setting.scope == SettingScope::broker) names.insert(names.begin(), {setting.name, 1});
    return names;
}

// "168" hours as milliseconds; what is unlimited (negative) stays so.
std::string scaled(std::string_view text, std::int64_t factor) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (number < 0) return "-1";
    return fmt::format("{}", number > INT64_MAX / factor ? INT64_MAX : number * factor);
}

}  // namespace

EffectiveSetting effective_setting(const Setting& setting, const SettingLayers& layers) {
    EffectiveSetting out;
    out.setting = &setting;
    const bool is_secret = setting.type == SettingType::secret;
    const auto add = [&](std::string_view name, std::string_view value, std::int64_t factor,
                         SettingSource source) {
        const std::optional<std::string> shown = is_secret ? std::nullopt : std::optional<std::string>{value};
        if (out.synonyms.empty()) {
            out.value = shown && factor != 1 ? scaled(value, factor) : shown;
            out.source = source;
        }
        out.synonyms.push_back({std::string{name}, shown, source});
    };
    const auto add_from = [&](const Overrides* layer, std::string_view name, std::int64_t factor,
                              SettingSource source) {
        if (layer == nullptr) return;
        if (const auto at = layer->find(name); at != layer->end()) add(name, at->second, factor, source);
    };

    if (setting.scope == SettingScope::topic) add_from(layers.topic, setting.name, 1, SettingSource::topic);
    const auto names = names_to_ask(setting);
    for (const auto& [layer, source] : {Layer{layers.broker, SettingSource::broker},
                                        Layer{layers.broker_default, SettingSource::broker_default},
                                        Layer{layers.file, SettingSource::file}}) {
        for (const auto& [name, factor] : names) add_from(layer, name, factor, source);
    }
    for (const auto& [name, factor] : names) {
        const auto* asked = find_setting(SettingScope::broker, name);
        if (asked != nullptr && asked->fallback) add(name, *asked->fallback, factor, SettingSource::built_in);
    }
    if (out.synonyms.empty() && setting.fallback) {
        add(setting.name, *setting.fallback, 1, SettingSource::built_in);
    }
    return out;
}

}  // namespace weir::metadata
