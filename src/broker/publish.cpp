// The way of one batch from a door into the log.
#include "broker/publish.hpp"

#include "log/batch_format.hpp"

namespace weir::broker {

namespace {

message::RecordRules rules_for(const metadata::TopicSettings& settings, std::int64_t now_ms) {
    message::RecordRules rules{.keys_required = settings.is_compacted};
    if (settings.is_append_time) return rules;  // the producer's timestamps do not stay
    if (settings.timestamp_before_max_ms < now_ms)
        rules.earliest_timestamp_ms = now_ms - settings.timestamp_before_max_ms;
    if (settings.timestamp_after_max_ms < INT64_MAX - now_ms) {
        rules.latest_timestamp_ms = now_ms + settings.timestamp_after_max_ms;
    }
    return rules;
}

Result<void> check_size(const Topic& topic, std::size_t size) {
    const auto bytes = static_cast<std::int64_t>(size);
    const auto& settings = topic.settings();
    if (bytes > settings.max_message_bytes) {
        return Error{Errc::record_too_large,
                     fmt::format("the batch has {} bytes, more than the topic's max.message.bytes = {}",
                                 bytes, settings.max_message_bytes)};
    }
    if (bytes > settings.segment_bytes) {
        return Error{Errc::batch_too_large,
                     fmt::format("the batch has {} bytes, more than the topic's segment.bytes = {}", bytes,
                                 settings.segment_bytes)};
    }
    return {};
}

// The broker sets it: a producer whose batch has it already believes in another clock.
Result<void> check_timestamp_type(const Topic& topic, log::BatchView batch) {
    if (topic.settings().is_append_time && batch.timestamp_type() == log::TimestampType::log_append_time)
        return Error{Errc::invalid_timestamp, "a producer can't say when its batch was appended"};
    return {};
}

}  // namespace

Result<Published> publish(const Topic& topic, const Partition& partition, const log::SharedSpan& batch,
                          bool all, std::int64_t now_ms, std::vector<message::RecordFault>& faults) {
    if (auto fits = check_size(topic, batch.bytes.size()); !fits) return fits.error();
    if (auto valid = log::validate(batch.bytes); !valid) return valid.error();
    if (auto valid = check_timestamp_type(topic, log::BatchView{batch.bytes.data()}); !valid)
        return valid.error();
    const auto greatest_ms =
        message::validate_records(batch.bytes, rules_for(topic.settings(), now_ms), faults);
    if (!greatest_ms) return greatest_ms.error();
    if (!partition.is_led()) return Error{Errc::not_leader, "another node leads the partition"};
    if (all && !partition.state.takes_all)
        return Error{Errc::not_enough_replicas, "fewer replicas are in sync than min.insync.replicas"};
    const auto log = partition.log();
    if (!log) return Error{Errc::not_found, "the partition is being removed"};
    Published published;
    if (topic.settings().is_append_time) {
        log::set_log_append_time(batch.bytes, now_ms);
        published.log_append_time_ms = now_ms;
    } else if (*greatest_ms && **greatest_ms != log::BatchView{batch.bytes.data()}.max_timestamp()) {
        log::set_max_timestamp(batch.bytes, **greatest_ms);  // offsets are searched for by it
    }
    auto appended = log->append(batch, partition.leader_epoch(), now_ms);
    // A follower's log is cut: whoever was told that this node leads has been told of another time.
    if (!appended && appended.error().code == Errc::busy)
        return Error{Errc::not_leader, "the partition's log is being cut: find out who leads"};
    if (!appended) return appended.error();
    // A repeat is told what the first one was told.
    if (appended->duplicate && topic.settings().is_append_time)
        published.log_append_time_ms = appended->time_ms;
    published.appended = *appended;
    published.log = log;
    return published;
}

// The high watermark first: of a later leader epoch it says nothing of this batch.
Replication replication_of(const TopicTable& topics, const Partition& place, const log::PartitionLog& log,
                           Offset next) {
    if (!log.is_limited()) return Replication::done;  // nobody else can have fetched of it yet
    const bool is_passed = log.readable_end() >= next;
    const auto topic = topics.find(log.key().topic_id);
    const auto now = topic ? topic->partition(place.id) : nullptr;
    if (!now || !now->is_led() || now->leader_epoch() != place.leader_epoch())
        return Replication::led_elsewhere;
    return is_passed ? Replication::done : Replication::under_way;
}

}  // namespace weir::broker
