// The one table of configuration keys: from a key's name come its place in weir.toml (kafka.listen), its flag
// (--kafka-listen) and its variable in the environment (WEIR_KAFKA_LISTEN).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config.hpp"

namespace weir::app {

enum class Unit { count, bytes, time };  // bytes may be written 64KiB, 100MiB, 1GiB

struct NumberField {
    std::int64_t Config::* member;
    Unit unit;
    std::int64_t smallest;
    std::int64_t largest;
};

using Field =
    std::variant<std::string Config::*, bool Config::*, LogLevel Config::*, runtime::Endpoint Config::*,
                 std::optional<runtime::Endpoint> Config::*, NumberField>;

struct ConfigKey {
    std::string_view name;  // in weir.toml: "table.key", or "key" at the top
    Field field;
    std::string_view kafka_name;  // what Kafka calls it, accepted in [broker]; may be empty
    std::string_view doc;         // one sentence

    std::string flag() const;         // "--kafka-listen"
    std::string environment() const;  // "WEIR_KAFKA_LISTEN"
    std::string placeholder() const;  // "HOST:PORT", for --help
};

std::span<const ConfigKey> config_keys();
const ConfigKey* find_config_key(std::string_view name);
const ConfigKey* find_kafka_name(std::string_view kafka_name);
std::vector<std::string> config_key_names();

// "num.partitions" <-> "WEIR_BROKER_NUM_PARTITIONS", "--broker num.partitions=3".
inline constexpr std::string_view broker_table = "broker";

// Reads `text` into the key's member. Errors: invalid_config, a sentence without the key's name.
Result<void> set_value(Config& config, const ConfigKey& key, std::string_view text);
// The member as set_value() reads it.
std::string value_text(const Config& config, const ConfigKey& key);
// The same as Kafka writes it: sizes without a suffix.
std::string kafka_value_text(const Config& config, const ConfigKey& key);

}  // namespace weir::app
