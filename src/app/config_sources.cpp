// Lays flags over the environment over weir.toml over the defaults, and says who set what.
#include "app/config_sources.hpp"

#include <unistd.h>

#include <algorithm>

#include "app/toml_settings.hpp"
#include "base/nearest_name.hpp"

namespace weir::app {

namespace {

constexpr std::uint64_t config_file_limit = 1 << 20;
constexpr std::string_view config_variable = "WEIR_CONFIG";
constexpr std::string_view broker_variable_prefix = "WEIR_BROKER_";
constexpr std::string_view broker_prefix = "broker.";

Error wrong(std::string message) {
    return {Errc::invalid_config, std::move(message)};
}

// What Kafka's settings of the node itself are called here: their values have another form.
std::string_view own_key_for(std::string_view kafka_name) {
    constexpr std::pair<std::string_view, std::string_view> own[] = {
        {"listeners", "kafka.listen"},
        {"advertised.listeners", "kafka.advertised"},
        {"log.dirs", "data"},
        {"log.dir", "data"},
        {"node.id", "node"},
        {"broker.id", "node"},
        {"broker.rack", "rack"},
        {"controller.quorum.voters", "join"},
        {"process.roles", "cluster.listen"}};
    for (const auto& [name, key] : own) {
        if (name == kafka_name) return key;
    }
    return "";
}

// Fills one EffectiveConfig; later calls win over earlier ones, within one source a second value is an error.
class Builder {
  public:
    explicit Builder(EffectiveConfig& out) : out_(out) {
        out_.origins.assign(config_keys().size(), "default");
    }

    void begin_source() { seen_.clear(); }

    Result<void> set(const ConfigKey& key, std::string_view value, const std::string& origin) {
        if (auto once = only_once(key.name, origin); !once) return once;
        if (auto done = set_value(out_.config, key, value); !done) {
            return wrong(fmt::format("{}: {}: {}", origin, key.name, done.error().message));
        }
        out_.origins[static_cast<std::size_t>(&key - config_keys().data())] = origin;
        return {};
    }

    // A setting under Kafka's name: a key of weir's if it has one, otherwise left for the metadata layer to
    // judge.
    Result<void> set_broker(const std::string& name, std::string value, const std::string& origin) {
        if (const auto* key = find_kafka_name(name)) return set(*key, value, origin);
        if (const auto own = own_key_for(name); !own.empty())
            return wrong(fmt::format("{}: {} is {} here, a key of weir's own", origin, name, own));
        if (auto once = only_once("broker." + name, origin); !once) return once;
        out_.config.broker[name] = {std::move(value), origin};
        return {};
    }

    const std::string& origin(std::string_view name) const {
        const auto* key = find_config_key(name);
        return out_.origins[static_cast<std::size_t>(key - config_keys().data())];
    }

  private:
    Result<void> only_once(std::string_view name, const std::string& origin) {
        const auto [first, is_new] = seen_.emplace(name, origin);
        if (is_new) return {};
        return wrong(
            fmt::format("{}: {} is already set by {}; keep one of them", origin, name, first->second));
    }

    EffectiveConfig& out_;
    std::map<std::string, std::string, std::less<>> seen_;
};

Error unknown_key(const std::string& origin, const std::string& name) {
    const auto tail = name.substr(name.rfind('.') + 1);
    auto hint = did_you_mean(name, config_key_names());
    for (const auto& key : config_keys()) {  // the right key in the wrong table
        const auto key_tail = key.name.substr(key.name.rfind('.') + 1);
        if (hint.empty() && key_tail == tail) hint = fmt::format("; did you mean {}?", key.name);
    }
    if (find_kafka_name(name)) hint = "; names of Kafka's go into the table [broker]";
    if (hint.empty()) hint = "; `weir config` lists them";
    return wrong(fmt::format("{}: {} is no key of weir's{}", origin, name, hint));
}

Result<void> set_from_toml(Builder& builder, const TomlSetting& setting, const std::string& file) {
    const auto origin = fmt::format("{}:{}", file, setting.line);
    if (setting.name.starts_with(broker_prefix)) {
        return builder.set_broker(setting.name.substr(broker_prefix.size()), setting.value, origin);
    }
    const auto* key = find_config_key(setting.name);
    if (!key) return unknown_key(origin, setting.name);
    const bool wants_text = !std::holds_alternative<NumberField>(key->field) &&
                            !std::holds_alternative<bool Config::*>(key->field);
    if (wants_text && !setting.is_text) {
        return wrong(fmt::format("{}: {}: {} must be in quotes: \"{}\"", origin, key->name, setting.value,
                                 setting.value));
    }
    return builder.set(*key, setting.value, origin);
}

std::optional<std::string> variable(const ConfigInput& input, std::string_view name) {
    for (const auto& [key, value] : input.environment) {
        if (key == name && !value.empty()) return value;
    }
    return std::nullopt;
}

Result<void> read_config_file(Builder& builder, const ConfigInput& input, runtime::FileSystem& files,
                              EffectiveConfig& out) {
    auto named = input.file ? input.file : variable(input, config_variable);
    std::vector<std::string> candidates;
    if (named) {
        candidates.push_back(*named);
    } else {
        candidates.assign(std::begin(usual_config_files), std::end(usual_config_files));
    }
    for (const auto& path : candidates) {
        const auto content = runtime::read_file(files, path, config_file_limit);
        if (!content && content.error().code == Errc::not_found && !named) continue;
        if (!content)
            return wrong(fmt::format("can't read the configuration {}: {}", path, content.error().message));
        out.file = path;
        const auto settings = read_toml(as_text(*content), path);
        if (!settings) return settings.error();
        builder.begin_source();
        for (const auto& setting : *settings) {
            if (auto done = set_from_toml(builder, setting, path); !done) return done;
        }
        return {};
    }
    return {};
}

// What weir's other commands go by.
bool is_of_a_command(std::string_view variable) {
    constexpr std::string_view names[] = {"WEIR_BOOTSTRAP", "WEIR_CONFIG",        "WEIR_HTTP",
                                          "WEIR_HTTP_USER", "WEIR_HTTP_PASSWORD", "WEIR_NEW_PASSWORD"};
    return std::ranges::find(names, variable) != std::end(names);
}

std::string kafka_name_of(std::string_view variable) {
    std::string name;
    for (const auto c : variable.substr(broker_variable_prefix.size())) {
        name += c == '_' ? '.' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return name;
}

Result<void> read_environment(Builder& builder, const ConfigInput& input, EffectiveConfig& out) {
    builder.begin_source();
    std::vector<std::string> known;
    for (const auto& key : config_keys()) known.push_back(key.environment());
    for (const auto& [name, value] : input.environment) {
        const auto at = std::find(known.begin(), known.end(), name);
        Result<void> done{};
        if (at != known.end()) {
            done = builder.set(config_keys()[static_cast<std::size_t>(at - known.begin())], value, name);
        } else if (name.starts_with(broker_variable_prefix)) {
            done = builder.set_broker(kafka_name_of(name), value, name);
        } else if (const auto near = nearest_name(name, known); near && !is_of_a_command(name)) {
            // Not refused: orchestrators put variables of their own here (WEIR_SERVICE_HOST, WEIR_PORT).
            out.warnings.push_back(
                fmt::format("{} in the environment is ignored; did you mean {}?", name, *near));
        }
        if (!done) return done;
    }
    return {};
}

Result<void> read_flags(Builder& builder, const ConfigInput& input) {
    builder.begin_source();
    for (const auto& [name, value] : input.flags) {
        const auto* key = find_config_key(name);
        if (!key) return unknown_key("--" + name, name);
        if (auto done = builder.set(*key, value, key->flag()); !done) return done;
    }
    for (const auto& setting : input.broker_flags) {
        const auto equals = setting.find('=');
        if (equals == 0 || equals == std::string::npos) {
            return wrong(fmt::format("--broker: '{}' is not NAME=VALUE, such as num.partitions=3", setting));
        }
        auto done = builder.set_broker(setting.substr(0, equals), setting.substr(equals + 1), "--broker");
        if (!done) return done;
    }
    return {};
}

Result<void> check_http(const Builder& builder, const Config& config) {
    if (config.http_tls_listen && (config.http_certificate.empty() || config.http_key.empty()))
        return wrong("http.tls-listen needs http.certificate and http.key");
    if (!config.http_listen) return {};
    if (config.allow_insecure || config.http_listen->is_loopback()) return {};
    return wrong(
        fmt::format("{}: http.listen: {} can be reached by other machines, and what clients send there is "
                    "not encrypted; listen on 127.0.0.1, use http.tls-listen, or set allow-insecure",
                    builder.origin("http.listen"), config.http_listen->text()));
}

// What no single key can tell.
Result<void> check_together(const Builder& builder, const Config& config) {
    if (config.join && !config.cluster_listen) {
        return wrong(
            fmt::format("{}: join: a node of a cluster needs an address for the others: set "
                        "cluster.listen",
                        builder.origin("join")));
    }
    const int certificates =
        !config.cluster_certificate.empty() + !config.cluster_key.empty() + !config.cluster_authority.empty();
    if (certificates != 0 && certificates != 3) {
        return wrong("cluster.certificate, cluster.key and cluster.authority go together: set all or none");
    }
    if (!config.allow_insecure && !config.kafka_listen.is_loopback()) {
        return wrong(
            fmt::format("{}: kafka.listen: {} can be reached by other machines, and weir has no users and "
                        "passwords yet; listen on "
                        "127.0.0.1, or set allow-insecure to let everyone who reaches it in",
                        builder.origin("kafka.listen"), config.kafka_listen.text()));
    }
    if (config.amqp_listen && !config.allow_insecure && !config.amqp_listen->is_loopback()) {
        return wrong(
            fmt::format("{}: amqp.listen: {} can be reached by other machines, and what clients send there "
                        "is not encrypted; listen on 127.0.0.1, use amqp.tls-listen, or set allow-insecure",
                        builder.origin("amqp.listen"), config.amqp_listen->text()));
    }
    if (auto good = check_http(builder, config); !good) return good;
    if (config.amqp_tls_listen && (config.amqp_certificate.empty() || config.amqp_key.empty()))
        return wrong("amqp.tls-listen needs amqp.certificate and amqp.key");
    if (config.kafka_advertised && config.kafka_advertised->port == 0) {
        return wrong(fmt::format("{}: kafka.advertised: the port may not be 0: it is what clients connect to",
                                 builder.origin("kafka.advertised")));
    }
    if (config.journal_checkpoint_bytes < config.journal_file_bytes) {
        return wrong(fmt::format("{}: journal.checkpoint-bytes may not be less than journal.file-bytes ({})",
                                 builder.origin("journal.checkpoint-bytes"), config.journal_file_bytes));
    }
    return {};
}

}  // namespace

Result<EffectiveConfig> load_config(const ConfigInput& input, runtime::FileSystem& files) {
    EffectiveConfig out;
    Builder builder{out};
    if (auto done = read_config_file(builder, input, files, out); !done) return done.error();
    if (auto done = read_environment(builder, input, out); !done) return done.error();
    if (auto done = read_flags(builder, input); !done) return done.error();
    if (auto done = check_together(builder, out.config); !done) return done.error();
    return out;
}

std::vector<std::pair<std::string, std::string>> weir_environment() {
    std::vector<std::pair<std::string, std::string>> found;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        const auto equals = text.find('=');
        if (!text.starts_with("WEIR_") || equals == std::string_view::npos) continue;
        found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return found;
}

}  // namespace weir::app
