// Reads settings one by one, by the names that they have in policies.
#include "broker/queue_settings.hpp"

#include <algorithm>

#include "broker/dead_letters.hpp"
#include "metadata/topology/effective_policy.hpp"

namespace weir::broker {
namespace {

using topology::Table;
using topology::Value;

constexpr std::int64_t most = std::int64_t{1} << 53;

class Settings {
  public:
    Settings(const Table& arguments, const Table& policies) : arguments_(arguments), policies_(policies) {}

    void number(std::string_view name, std::int64_t least, std::int64_t& out) const {
        const auto value = topology::effective(name, arguments_, policies_);
        const auto number = value ? value->integer() : std::nullopt;
        if (number && *number >= least) out = std::min(*number, most);
    }
    std::optional<std::string> text(std::string_view name) const {
        const auto value = topology::effective(name, arguments_, policies_);
        return value && value->text() ? std::optional{*value->text()} : std::nullopt;
    }

  private:
    const Table& arguments_;
    const Table& policies_;
};

// Those that no policy has a say in.
const Value* argument(const topology::Queue& queue, std::string_view name) {
    const auto at = queue.arguments.find(name);
    return at == queue.arguments.end() ? nullptr : &at->second;
}

bool flag(const topology::Queue& queue, std::string_view name) {
    const auto* value = argument(queue, name);
    return value != nullptr && value->flag().value_or(false);
}

void read_number(const topology::Queue& queue, std::string_view name, std::int64_t& out) {
    const auto* value = argument(queue, name);
    const auto number = value ? value->integer() : std::nullopt;
    if (number && *number >= 0) out = std::min(*number, most);
}

queue::Overflow overflow(const std::optional<std::string>& word) {
    if (word == "reject-publish") return queue::Overflow::reject;
    if (word == "reject-publish-dlx") return queue::Overflow::reject_and_dead_letter;
    return queue::Overflow::drop_head;
}

void read_arguments(const topology::Queue& queue, queue::QueueConfig& config) {
    std::int64_t priority = 0;
    read_number(queue, "x-max-priority", priority);
    read_number(queue, "x-delayed-retry-min", config.retry_delay_ms);
    read_number(queue, "x-delayed-retry-max", config.max_retry_delay_ms);
    read_number(queue, "x-deduplication-window", config.dedup_window_ms);
    read_number(queue, "x-retention", config.retention_ms);
    read_number(queue, "x-retention-bytes", config.retention_bytes);
    config.single_active_consumer = flag(queue, "x-single-active-consumer");
    config.key_ordered = flag(queue, "x-key-ordered");
    config.max_priority =
        config.key_ordered ? 0 : static_cast<std::uint8_t>(std::min<std::int64_t>(priority, 255));
    config.auto_delete = queue.is_auto_delete;
}

void read_delivery_limit(const Settings& settings, bool is_quorum, queue::QueueConfig& config) {
    constexpr std::int64_t unset = INT64_MIN;
    auto limit = unset;
    settings.number("delivery-limit", -most, limit);
    if (limit == unset) limit = is_quorum ? default_delivery_limit : -1;
    config.delivery_limit = std::max<std::int64_t>(limit, -1);
    config.counts_deliveries = is_quorum;
}

// What a topic's records are asked of their topic, nobody asks of a subscription.
void subscribe(const topology::Queue& queue, queue::QueueConfig& config) {
    const auto* id = argument(queue, source_topic_argument);
    config.source_topic = id && id->text() ? Uuid::parse(*id->text()) : std::nullopt;
    if (!config.source_topic) return;
    config.counts_deliveries = true;
    config.max_priority = 0;
    config.dedup_window_ms = config.retention_ms = config.retention_bytes = -1;
    config.max_length = config.max_bytes = -1;
    config.dead_letter_target.reset();
}

}  // namespace

bool is_quorum(const topology::Queue& queue) {
    const auto* type = argument(queue, "x-queue-type");
    return type != nullptr && type->text() != nullptr && *type->text() == "quorum";
}

bool is_replayable(const topology::Queue& queue) {
    queue::QueueConfig config;
    read_arguments(queue, config);
    subscribe(queue, config);
    return config.retains();
}

std::int32_t lane_count(const topology::Queue& queue) {
    queue::QueueConfig config;
    read_arguments(queue, config);
    return config.max_priority + 1;
}

queue::QueueConfig queue_config(const topology::HostState& host, const topology::Queue& queue) {
    const auto policy = topology::policy_of(host, queue);
    const Settings settings{queue.arguments, policy.definition};
    queue::QueueConfig config;
    read_arguments(queue, config);
    read_delivery_limit(settings, is_quorum(queue), config);
    settings.number("message-ttl", 0, config.message_ttl_ms);
    settings.number("expires", 1, config.expires_ms);
    settings.number("max-length", 0, config.max_length);
    settings.number("max-length-bytes", 0, config.max_bytes);
    config.overflow = overflow(settings.text("overflow"));
    if (auto exchange = settings.text("dead-letter-exchange")) {
        config.dead_letter_target =
            encode({.exchange = std::move(*exchange), .key = settings.text("dead-letter-routing-key")});
    }
    subscribe(queue, config);
    return config;
}

std::optional<std::int64_t> consumer_timeout_ms(const topology::HostState& host,
                                                const topology::Queue& queue) {
    const auto policy = topology::policy_of(host, queue);
    std::int64_t timeout_ms = 0;
    Settings{queue.arguments, policy.definition}.number("consumer-timeout", 1, timeout_ms);
    return timeout_ms > 0 ? std::optional{timeout_ms} : std::nullopt;
}

}  // namespace weir::broker
