// The table of configuration keys, and how a key's value is read and printed.
#include "app/config_keys.hpp"

#include <charconv>
#include <limits>

namespace weir::app {

namespace {

constexpr std::int64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;
constexpr std::int64_t int32_max = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t year_ms = std::int64_t{366} * 24 * 3600 * 1000;
constexpr std::int64_t no_largest = std::numeric_limits<std::int64_t>::max();

constexpr ConfigKey keys[] = {
    {"data", &Config::data, "", "The directory that holds everything weir keeps; made if it is not there."},
    {"reactors", NumberField{&Config::reactors, Unit::count, 0, 1024}, "num.network.threads",
     "Threads that serve connections; 0 means one for each core."},
    {"log.level", &Config::log_level, "",
     "How much weir says on standard error: debug, info, warning, error, off."},
    {"allow-insecure", &Config::allow_insecure, "",
     "Lets anyone who reaches a listener in: needed to listen on an address that other machines can reach, "
     "as long "
     "as there are no users with passwords."},

    {"kafka.listen", &Config::kafka_listen, "",
     "Where Kafka clients connect; port 0 takes a free one and says which."},
    {"kafka.advertised", &Config::kafka_advertised, "",
     "The address that Kafka clients are told to use, if it differs from the one they connected to."},
    {"amqp.listen", &Config::amqp_listen, "",
     "Where AMQP 0-9-1 clients connect; without it none can, to this node."},
    {"amqp.loopback-users", &Config::amqp_loopback_users, "",
     "Users, with commas between them, who get in from this machine alone, by AMQP and by HTTP."},
    {"amqp.consumer-timeout-ms", NumberField{&Config::amqp_consumer_timeout_ms, Unit::time, 0, no_largest},
     "",
     "For how long an AMQP client may keep a message without settling it before its channel ends, unless "
     "the queue says otherwise; 0 means for ever."},
    {"http.listen", &Config::http_listen, "",
     "Where the management API is served, which has RabbitMQ's addresses; without it there is none."},
    {"http.tls-listen", &Config::http_tls_listen, "",
     "Where the management API is served by TLS; http.certificate and http.key are needed for it."},
    {"http.certificate", &Config::http_certificate, "",
     "A PEM file with the certificate that the management API's clients are shown, and those between it and "
     "its authority."},
    {"http.key", &Config::http_key, "", "A PEM file with the key of that certificate."},
    {"http.authority", &Config::http_authority, "",
     "A PEM file with the certificate of the authority that vouches for the management API's clients; "
     "without it they need no certificate."},

    {"amqp.tls-listen", &Config::amqp_tls_listen, "",
     "Where AMQP clients connect by TLS; amqp.certificate and amqp.key are needed for it."},
    {"amqp.certificate", &Config::amqp_certificate, "",
     "A PEM file with the certificate that AMQP clients are shown, and those between it and its authority."},
    {"amqp.key", &Config::amqp_key, "", "A PEM file with the key of that certificate."},
    {"amqp.authority", &Config::amqp_authority, "",
     "A PEM file with the certificate of the authority that vouches for AMQP clients; without it they need "
     "no "
     "certificate."},
    {"amqp.channel-max", NumberField{&Config::amqp_channel_max, Unit::count, 0, 65'535}, "",
     "The most channels of one AMQP connection; 0 means as many as there are numbers."},
    {"amqp.frame-max-bytes", NumberField{&Config::amqp_frame_max_bytes, Unit::bytes, 8 * kib, 16 * mib}, "",
     "The largest AMQP frame that is proposed to clients."},
    {"amqp.heartbeat-s", NumberField{&Config::amqp_heartbeat_s, Unit::count, 0, 65'535}, "",
     "Seconds between two heartbeats as proposed to AMQP clients; 0 means none."},
    {"amqp.max-message-bytes", NumberField{&Config::amqp_max_message_bytes, Unit::bytes, 0, 128 * mib}, "",
     "The largest body of an AMQP message; a larger one closes its channel."},
    {"amqp.disk-free-limit-bytes",
     NumberField{&Config::amqp_disk_free_limit_bytes, Unit::bytes, 0, no_largest}, "",
     "With less disk space left AMQP clients that publish have to wait."},
    {"amqp.memory-limit-bytes", NumberField{&Config::amqp_memory_limit_bytes, Unit::bytes, 0, no_largest}, "",
     "With more memory in use AMQP clients that publish have to wait; 0 means 60 % of the machine's."},

    {"node", NumberField{&Config::node, Unit::count, 0, 1'000'000}, "",
     "This node's number in its cluster; an empty data directory takes it and keeps it."},
    {"rack", &Config::rack, "broker.rack", "Where the node stands: replicas are spread over racks."},
    {"cluster.listen", &Config::cluster_listen, "",
     "Where the cluster's other nodes connect; without it the node is alone."},
    {"join", &Config::join, "",
     "The address of any node of a cluster (its --cluster-listen), which an empty data directory joins."},
    {"cluster.certificate", &Config::cluster_certificate, "",
     "A PEM file with this node's certificate; weir cluster certificate makes it."},
    {"cluster.key", &Config::cluster_key, "", "A PEM file with the key of that certificate."},
    {"cluster.authority", &Config::cluster_authority, "",
     "A PEM file with the certificate of the cluster's authority."},

    {"max-connections", NumberField{&Config::max_connections, Unit::count, 1, 1'000'000}, "max.connections",
     "Open client connections; more are turned away."},
    {"max-request-bytes", NumberField{&Config::max_request_bytes, Unit::bytes, 16 * kib, int32_max},
     "socket.request.max.bytes", "The largest request; a client that sends more is disconnected."},
    {"memory-budget-bytes", NumberField{&Config::memory_budget_bytes, Unit::bytes, 16 * mib, no_largest}, "",
     "Memory for requests and replies in flight; at the limit, reading pauses."},
    {"max-open-files", NumberField{&Config::max_open_files, Unit::count, 64, 10'000'000}, "",
     "Segment files kept open; the longest unused is closed first."},

    {"journal.file-bytes", NumberField{&Config::journal_file_bytes, Unit::bytes, mib, 4 * gib}, "",
     "The size of one journal file; they are written once and then recycled."},
    {"journal.checkpoint-bytes", NumberField{&Config::journal_checkpoint_bytes, Unit::bytes, mib, 1024 * gib},
     "", "Journal written between two checkpoints: what a restart after a crash has to read."},
    {"journal.reserve-bytes", NumberField{&Config::journal_reserve_bytes, Unit::bytes, 0, 1024 * gib}, "",
     "Disk space that clients can't fill, so that weir can finish its own work on a full disk."},
    {"journal.commit-spacing-us", NumberField{&Config::journal_commit_spacing_us, Unit::time, 0, 1'000'000},
     "", "The least time between two syncs once they come fast: more spares the disk, less answers sooner."},
    {"scrub.bytes-per-second", NumberField{&Config::scrub_bytes_per_second, Unit::bytes, 0, 1024 * gib}, "",
     "How fast segment files are read to look for damage; 0: not at all."},
    {"scrub.interval-ms", NumberField{&Config::scrub_interval_ms, Unit::time, 0, year_ms}, "",
     "How long after its begin one look at all segment files is followed by the next."},

    {"auto-create-topics", &Config::auto_create_topics, "auto.create.topics.enable",
     "Whether a topic that a client names and nobody made is made."},
    {"default-partitions", NumberField{&Config::default_partitions, Unit::count, 1, 100'000},
     "num.partitions", "The partitions of a topic made without a number of them."},
    {"topic.segment-bytes", NumberField{&Config::topic_segment_bytes, Unit::bytes, mib, int32_max},
     "log.segment.bytes",
     "The size at which a partition begins a new file, unless the topic says otherwise."},
    {"topic.retention-ms", NumberField{&Config::topic_retention_ms, Unit::time, -1, no_largest},
     "log.retention.ms", "How long records are kept, unless the topic says otherwise; -1 means for ever."},
    {"topic.retention-bytes", NumberField{&Config::topic_retention_bytes, Unit::bytes, -1, no_largest},
     "log.retention.bytes",
     "How much a partition keeps, unless the topic says otherwise; -1 means no limit."},
    {"topic.max-message-bytes", NumberField{&Config::topic_max_message_bytes, Unit::bytes, 0, int32_max},
     "message.max.bytes", "The largest batch of records, unless the topic says otherwise."},

    {"group.initial-rebalance-delay-ms",
     NumberField{&Config::group_initial_rebalance_delay_ms, Unit::time, 0, 300'000},
     "group.initial.rebalance.delay.ms",
     "How long a new consumer group waits for more members before it shares out partitions."},
    {"group.offsets-retention-minutes",
     NumberField{&Config::group_offsets_retention_minutes, Unit::time, 1, int32_max},
     "offsets.retention.minutes", "How long the offsets of a group without members are kept."},
};

struct Suffix {
    std::string_view text;
    std::int64_t factor;
};
constexpr Suffix suffixes[] = {{"GiB", gib}, {"MiB", mib}, {"KiB", kib}};

constexpr std::pair<std::string_view, LogLevel> levels[] = {{"debug", LogLevel::debug},
                                                            {"info", LogLevel::info},
                                                            {"warning", LogLevel::warning},
                                                            {"error", LogLevel::error},
                                                            {"off", LogLevel::off}};

Error wrong_value(std::string message) {
    return {Errc::invalid_config, std::move(message)};
}

std::string number_text(std::int64_t number, Unit unit) {
    if (unit == Unit::bytes && number > 0) {
        for (const auto& suffix : suffixes) {
            if (number % suffix.factor == 0) return fmt::format("{}{}", number / suffix.factor, suffix.text);
        }
    }
    return fmt::format("{}", number);
}

std::string range_text(const NumberField& field) {
    const auto low = number_text(field.smallest, field.unit);
    if (field.largest == no_largest) return fmt::format("of at least {}", low);
    return fmt::format("from {} to {}", low, number_text(field.largest, field.unit));
}

Result<std::int64_t> parse_number(std::string_view text, const NumberField& field) {
    const bool is_size = field.unit == Unit::bytes;
    const auto want = [&] {
        return wrong_value(fmt::format("'{}' is not a {} {}{}", text, is_size ? "number of bytes" : "number",
                                       range_text(field),
                                       is_size ? " (64KiB, 100MiB and 1GiB work too)" : ""));
    };
    auto digits = text;
    std::int64_t factor = 1;
    if (is_size) {
        for (const auto& suffix : suffixes) {
            if (!digits.ends_with(suffix.text)) continue;
            digits.remove_suffix(suffix.text.size());
            factor = suffix.factor;
        }
    }
    std::int64_t number = 0, product = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, number);
    if (digits.empty() || failure != std::errc{} || stop != end) return want();
    if (__builtin_mul_overflow(number, factor, &product)) return want();
    if (product < field.smallest || product > field.largest) return want();
    return product;
}

Result<bool> parse_bool(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return wrong_value(fmt::format("'{}' is neither true nor false", text));
}

Result<LogLevel> parse_level(std::string_view text) {
    for (const auto& [name, level] : levels) {
        if (name == text) return level;
    }
    return wrong_value(fmt::format("'{}' is not one of debug, info, warning, error, off", text));
}

// Puts a parsed value where it belongs, or hands its error on.
template <class T, class Member>
Result<void> put(Config& config, Member member, Result<T> parsed) {
    if (!parsed) return parsed.error();
    config.*member = std::move(*parsed);
    return {};
}

struct Setter {
    Config& config;
    std::string_view text;

    Result<void> operator()(std::string Config::* member) const {
        if (text.empty() && !(Config{}.*member).empty()) return wrong_value("it may not be empty");
        config.*member = text;
        return {};
    }
    Result<void> operator()(bool Config::* member) const { return put(config, member, parse_bool(text)); }
    Result<void> operator()(LogLevel Config::* member) const {
        return put(config, member, parse_level(text));
    }
    Result<void> operator()(runtime::Endpoint Config::* member) const {
        return put(config, member, runtime::Endpoint::parse(std::string{text}));
    }
    Result<void> operator()(std::optional<runtime::Endpoint> Config::* member) const {
        if (text.empty()) {
            config.*member = std::nullopt;
            return {};
        }
        return put(config, member, runtime::Endpoint::parse(std::string{text}));
    }
    Result<void> operator()(const NumberField& field) const {
        return put(config, field.member, parse_number(text, field));
    }
};

struct Printer {
    const Config& config;

    std::string operator()(std::string Config::* member) const { return config.*member; }
    std::string operator()(bool Config::* member) const { return config.*member ? "true" : "false"; }
    std::string operator()(LogLevel Config::* member) const {
        return std::string{levels[static_cast<std::size_t>(config.*member)].first};
    }
    std::string operator()(runtime::Endpoint Config::* member) const { return (config.*member).text(); }
    std::string operator()(std::optional<runtime::Endpoint> Config::* member) const {
        return config.*member ? (config.*member)->text() : "";
    }
    std::string operator()(const NumberField& field) const {
        return number_text(config.*field.member, field.unit);
    }
};

struct Placeholder {
    std::string_view name;

    std::string operator()(std::string Config::*) const {
        if (name == "data") return "DIR";
        for (const auto* file : {"certificate", "key", "authority"}) {
            if (name.ends_with(file)) return "FILE";
        }
        return "TEXT";
    }
    std::string operator()(bool Config::*) const { return "true|false"; }
    std::string operator()(LogLevel Config::*) const { return "LEVEL"; }
    std::string operator()(runtime::Endpoint Config::*) const { return "HOST:PORT"; }
    std::string operator()(std::optional<runtime::Endpoint> Config::*) const { return "HOST:PORT"; }
    std::string operator()(const NumberField& field) const {
        return field.unit == Unit::bytes ? "BYTES" : "N";
    }
};

}  // namespace

std::span<const ConfigKey> config_keys() {
    return keys;
}

const ConfigKey* find_config_key(std::string_view name) {
    for (const auto& key : keys) {
        if (key.name == name) return &key;
    }
    return nullptr;
}

const ConfigKey* find_kafka_name(std::string_view kafka_name) {
    for (const auto& key : keys) {
        if (!key.kafka_name.empty() && key.kafka_name == kafka_name) return &key;
    }
    return nullptr;
}

std::vector<std::string> config_key_names() {
    std::vector<std::string> names;
    for (const auto& key : keys) names.emplace_back(key.name);
    return names;
}

std::string ConfigKey::flag() const {
    std::string text = "--" + std::string{name};
    std::replace(text.begin(), text.end(), '.', '-');
    return text;
}

std::string ConfigKey::environment() const {
    std::string text = "WEIR_";
    for (const auto c : name) {
        text += c == '.' || c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return text;
}

std::string ConfigKey::placeholder() const {
    return std::visit(Placeholder{name}, field);
}

Result<void> set_value(Config& config, const ConfigKey& key, std::string_view text) {
    return std::visit(Setter{config, text}, key.field);
}

std::string value_text(const Config& config, const ConfigKey& key) {
    return std::visit(Printer{config}, key.field);
}

std::string kafka_value_text(const Config& config, const ConfigKey& key) {
    const auto* number = std::get_if<NumberField>(&key.field);
    return number ? std::to_string(config.*(number->member)) : value_text(config, key);
}

}  // namespace weir::app
