// What Kafka's tools show of a setting.
#include "protocols/kafka/config_entries.hpp"

namespace weir::kafka {

namespace {

ConfigType config_type(metadata::SettingType type) {
    switch (type) {
        case metadata::SettingType::boolean: return ConfigType::boolean;
        case metadata::SettingType::text: return ConfigType::string;
        case metadata::SettingType::int32: return ConfigType::integer;
        case metadata::SettingType::int64: return ConfigType::long_integer;
        case metadata::SettingType::ratio: return ConfigType::floating;
        case metadata::SettingType::list: return ConfigType::list;
        case metadata::SettingType::secret: return ConfigType::password;
    }
    return ConfigType::unknown;
}

}  // namespace

std::int8_t config_source(metadata::SettingSource source) {
    switch (source) {
        case metadata::SettingSource::topic: return topic_config_source;
        case metadata::SettingSource::broker: return dynamic_broker_config_source;
        case metadata::SettingSource::broker_default: return dynamic_default_broker_config_source;
        case metadata::SettingSource::file: return static_broker_config_source;
        case metadata::SettingSource::built_in: return default_config_source;
    }
    return default_config_source;
}

DescribeConfigsResponse::Config config_entry(const metadata::EffectiveSetting& effective) {
    const auto& setting = *effective.setting;
    DescribeConfigsResponse::Config entry;
    entry.name = setting.name;
    entry.value = effective.value;
    entry.read_only = setting.change != metadata::SettingChange::dynamic;
    entry.config_source = config_source(effective.source);
    entry.is_sensitive = setting.type == metadata::SettingType::secret;
    entry.config_type = config_type(setting.type);
    entry.documentation = std::string(setting.doc);
    for (const auto& synonym : effective.synonyms) {
        entry.synonyms.push_back({synonym.name, synonym.value, config_source(synonym.source)});
    }
    return entry;
}

}  // namespace weir::kafka
