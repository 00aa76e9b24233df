// Settings as Kafka's config entries.
#pragma once

#include "metadata/effective_setting.hpp"
#include "protocols/kafka/wire/describe_configs.hpp"

namespace weir::kafka {

std::int8_t config_source(metadata::SettingSource source);

// With synonyms and documentation.
DescribeConfigsResponse::Config config_entry(const metadata::EffectiveSetting& effective);

}  // namespace weir::kafka
