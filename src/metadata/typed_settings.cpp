// From the layers of text to numbers and flags. A value that does not parse (one of an older weir) counts as
// unset.
#include "metadata/typed_settings.hpp"

#include <charconv>

#include "base/assert.hpp"

namespace weir::metadata {

namespace {

class Values {
  public:
    Values(SettingScope scope, const SettingLayers& layers) : scope_(scope), layers_(layers) {}

    std::string text(std::string_view name) const {
        const auto* setting = find_setting(scope_, name);
        ASSERT(setting != nullptr);
        auto value = effective_setting(*setting, layers_).value;
        if (value && check_setting_value(*setting, *value)) return *value;
        return std::string{setting->fallback.value_or("")};
    }

    std::int64_t number(std::string_view name) const {
        const auto value = text(name);
        std::int64_t out = 0;
        const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), out);
        ASSERT(failure == std::errc{});
        return out;
    }
    std::int32_t number32(std::string_view name) const { return static_cast<std::int32_t>(number(name)); }
    bool flag(std::string_view name) const { return text(name) == "true"; }

  private:
    SettingScope scope_;
    const SettingLayers& layers_;
};

}  // namespace

TopicSettings topic_settings(const SettingLayers& layers) {
    const Values of{SettingScope::topic, layers};
    const auto policy = of.text("cleanup.policy");
    const auto policies = list_items(policy);
    const auto difference = of.number("message.timestamp.difference.max.ms");
    TopicSettings out;
    out.retention_ms = of.number("retention.ms");
    out.retention_bytes = of.number("retention.bytes");
    out.segment_bytes = of.number("segment.bytes");
    out.segment_ms = of.number("segment.ms");
    out.max_message_bytes = of.number("max.message.bytes");
    out.timestamp_before_max_ms = std::min(of.number("message.timestamp.before.max.ms"), difference);
    out.timestamp_after_max_ms = std::min(of.number("message.timestamp.after.max.ms"), difference);
    out.min_insync_replicas = of.number32("min.insync.replicas");
    const SettingLayers replicated{.topic = layers.topic, .broker_default = layers.broker_default};
    out.cluster_min_insync_replicas = Values{SettingScope::topic, replicated}.number32("min.insync.replicas");
    out.is_append_time = of.text("message.timestamp.type") == "LogAppendTime";
    out.is_compacted = std::ranges::find(policies, "compact") != policies.end();
    out.drops_old = std::ranges::find(policies, "delete") != policies.end();
    out.is_page_cache = of.text("weir.durability") == "page-cache";
    out.allows_unclean_leader = of.flag("unclean.leader.election.enable");
    return out;
}

BrokerSettings broker_settings(const SettingLayers& layers) {
    const Values of{SettingScope::broker, layers};
    constexpr std::int64_t minute_ms = 60'000;
    BrokerSettings out;
    out.auto_create_topics = of.flag("auto.create.topics.enable");
    out.delete_topic_enabled = of.flag("delete.topic.enable");
    out.num_partitions = of.number32("num.partitions");
    out.default_replication_factor = of.number32("default.replication.factor");
    out.fetch_max_bytes = of.number("fetch.max.bytes");
    out.request_max_bytes = of.number("socket.request.max.bytes");
    out.connections_max_idle_ms = of.number("connections.max.idle.ms");
    out.producer_id_expiration_ms = of.number("producer.id.expiration.ms");
    out.group_initial_rebalance_delay_ms = of.number32("group.initial.rebalance.delay.ms");
    out.group_min_session_timeout_ms = of.number32("group.min.session.timeout.ms");
    out.group_max_session_timeout_ms = of.number32("group.max.session.timeout.ms");
    out.group_max_size = of.number32("group.max.size");
    out.offset_metadata_max_bytes = of.number32("offset.metadata.max.bytes");
    out.offsets_retention_ms = of.number("offsets.retention.minutes") * minute_ms;
    out.offsets_retention_check_ms = of.number("offsets.retention.check.interval.ms");
    out.selects_replica_by_rack = of.text("replica.selector.class").ends_with("RackAwareReplicaSelector");
    out.offsets_topic_partitions = of.number32("offsets.topic.num.partitions");
    out.queue_replicas = of.number32("weir.queues.replicas");
    return out;
}

}  // namespace weir::metadata
