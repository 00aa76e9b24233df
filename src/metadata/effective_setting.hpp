// What a setting's value is, where it comes from, and what else would apply: the layers from topic to
// built-in.
#pragma once

#include "metadata/setting.hpp"

namespace weir::metadata {

// Where a value was set, the strongest first.
enum class SettingSource {
    topic,           // the topic's own
    broker,          // set at run time for one node
    broker_default,  // set at run time for all nodes
    file,            // the node's configuration file, flags or environment
    built_in,
};

// The values that count for one topic or one node; nullptr: that layer has none.
struct SettingLayers {
    const Overrides* topic = nullptr;
    const Overrides* broker = nullptr;
    const Overrides* broker_default = nullptr;
    const Overrides* file = nullptr;
};

struct SettingValue {
    std::string name;                  // a topic's setting may come from a broker's, of another name
    std::optional<std::string> value;  // none: a secret
    SettingSource source = SettingSource::built_in;
};

struct EffectiveSetting {
    const Setting* setting = nullptr;
    std::optional<std::string> value;  // none: unset, or a secret
    SettingSource source = SettingSource::built_in;
    std::vector<SettingValue> synonyms;  // all that is set, the one that counts first
};

// For tools: with every layer's value.
EffectiveSetting effective_setting(const Setting& setting, const SettingLayers& layers);

}  // namespace weir::metadata
