// Every setting a topic can have. Names and defaults are those that Kafka's users know.
#include "metadata/setting_table.hpp"

namespace weir::metadata {

namespace {

using enum SettingType;
using Synonym = SettingSynonym;

constexpr auto topic = SettingScope::topic;
constexpr std::string_view unlimited = "9223372036854775807";
constexpr std::string_view codecs = "producer|uncompressed|gzip|snappy|lz4|zstd";
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 3'600'000;

constexpr Synonym cleanup_policy[] = {{"log.cleanup.policy"}};
constexpr Synonym compression_type[] = {{"compression.type"}};
constexpr Synonym delete_retention_ms[] = {{"log.cleaner.delete.retention.ms"}};
constexpr Synonym durability[] = {{"weir.durability"}};
constexpr Synonym file_delete_delay_ms[] = {{"log.segment.delete.delay.ms"}};
constexpr Synonym flush_messages[] = {{"log.flush.interval.messages"}};
constexpr Synonym flush_ms[] = {{"log.flush.interval.ms"}};
constexpr Synonym index_interval_bytes[] = {{"log.index.interval.bytes"}};
constexpr Synonym local_retention_bytes[] = {{"log.local.retention.bytes"}};
constexpr Synonym local_retention_ms[] = {{"log.local.retention.ms"}};
constexpr Synonym max_compaction_lag_ms[] = {{"log.cleaner.max.compaction.lag.ms"}};
constexpr Synonym max_message_bytes[] = {{"message.max.bytes"}};
constexpr Synonym downconversion[] = {{"log.message.downconversion.enable"}};
constexpr Synonym format_version[] = {{"log.message.format.version"}};
constexpr Synonym timestamp_after[] = {{"log.message.timestamp.after.max.ms"}};
constexpr Synonym timestamp_before[] = {{"log.message.timestamp.before.max.ms"}};
constexpr Synonym timestamp_difference[] = {{"log.message.timestamp.difference.max.ms"}};
constexpr Synonym timestamp_type[] = {{"log.message.timestamp.type"}};
constexpr Synonym min_cleanable_ratio[] = {{"log.cleaner.min.cleanable.ratio"}};
constexpr Synonym min_compaction_lag_ms[] = {{"log.cleaner.min.compaction.lag.ms"}};
constexpr Synonym min_insync_replicas[] = {{"min.insync.replicas"}};
constexpr Synonym preallocate[] = {{"log.preallocate"}};
constexpr Synonym retention_bytes[] = {{"log.retention.bytes"}};
constexpr Synonym retention_ms[] = {
    {"log.retention.ms"}, {"log.retention.minutes", minute_ms}, {"log.retention.hours", hour_ms}};
constexpr Synonym segment_bytes[] = {{"log.segment.bytes"}};
constexpr Synonym segment_index_bytes[] = {{"log.index.size.max.bytes"}};
constexpr Synonym segment_jitter_ms[] = {{"log.roll.jitter.ms"}, {"log.roll.jitter.hours", hour_ms}};
constexpr Synonym segment_ms[] = {{"log.roll.ms"}, {"log.roll.hours", hour_ms}};
constexpr Synonym unclean_election[] = {{"unclean.leader.election.enable"}};

constexpr Setting table[] = {
    {.name = "cleanup.policy",
     .scope = topic,
     .type = list,
     .fallback = "delete",
     .doc = "What happens to old data: 'delete' drops whole segments by retention.ms and retention.bytes; "
            "'compact' is "
            "accepted and for now means that everything is kept; 'compact,delete' drops by retention; with "
            "nothing in it everything is kept (KIP-1161).",
     .choices = "compact|delete",
     .synonyms = cleanup_policy},
    {.name = "compression.type",
     .scope = topic,
     .type = text,
     .fallback = "producer",
     .doc = "Weir stores each batch with the codec its producer chose, whatever this says; the other names "
            "are accepted.",
     .choices = codecs,
     .synonyms = compression_type},
    {.name = "delete.retention.ms",
     .scope = topic,
     .type = int64,
     .fallback = "86400000",
     .doc = "How long a compacted topic keeps tombstones; without effect while weir keeps all of a compacted "
            "topic.",
     .least = 0,
     .synonyms = delete_retention_ms},
    {.name = "file.delete.delay.ms",
     .scope = topic,
     .type = int64,
     .fallback = "60000",
     .doc = "Accepted and ignored: a dropped segment's file goes away once its last reader is done.",
     .least = 0,
     .synonyms = file_delete_delay_ms},
    {.name = "flush.messages",
     .scope = topic,
     .type = int64,
     .fallback = unlimited,
     .doc = "Accepted and ignored: with weir.durability=journal every acknowledged record is on disk.",
     .least = 1,
     .synonyms = flush_messages},
    {.name = "flush.ms",
     .scope = topic,
     .type = int64,
     .fallback = unlimited,
     .doc = "Accepted and ignored: with weir.durability=journal every acknowledged record is on disk.",
     .least = 0,
     .synonyms = flush_ms},
    {.name = "follower.replication.throttled.replicas",
     .scope = topic,
     .type = list,
     .fallback = "",
     .doc =
         "Replicas (partition:node, or *) that are copied no faster than follower.replication.throttled.rate "
         "until they are in sync."},
    {.name = "index.interval.bytes",
     .scope = topic,
     .type = int32,
     .fallback = "4096",
     .doc = "Accepted and ignored: weir chooses how dense a segment's index is.",
     .least = 0,
     .synonyms = index_interval_bytes},
    {.name = "leader.replication.throttled.replicas",
     .scope = topic,
     .type = list,
     .fallback = "",
     .doc = "Replicas (partition:node, or *) that, as leaders, give those that are not in sync no more than "
            "leader.replication.throttled.rate."},
    {.name = "local.retention.bytes",
     .scope = topic,
     .type = int64,
     .fallback = "-2",
     .doc = "Accepted and ignored: there is no second tier; retention.bytes counts.",
     .least = -2,
     .synonyms = local_retention_bytes},
    {.name = "local.retention.ms",
     .scope = topic,
     .type = int64,
     .fallback = "-2",
     .doc = "Accepted and ignored: there is no second tier; retention.ms counts.",
     .least = -2,
     .synonyms = local_retention_ms},
    {.name = "max.compaction.lag.ms",
     .scope = topic,
     .type = int64,
     .fallback = unlimited,
     .doc = "The longest a record may stay uncompacted; without effect while weir keeps all of a compacted "
            "topic.",
     .least = 1,
     .synonyms = max_compaction_lag_ms},
    {.name = "max.message.bytes",
     .scope = topic,
     .type = int32,
     .fallback = "1048588",
     .doc = "The largest record batch, in bytes as stored, that a producer may send.",
     .least = 0,
     .synonyms = max_message_bytes},
    {.name = "message.downconversion.enable",
     .scope = topic,
     .type = boolean,
     .fallback = "true",
     .doc = "Accepted and ignored: weir never converts records to older formats.",
     .synonyms = downconversion},
    {.name = "message.format.version",
     .scope = topic,
     .type = text,
     .fallback = "3.0-IV1",
     .doc = "Accepted and ignored: weir stores record batches of version 2.",
     .synonyms = format_version},
    {.name = "message.timestamp.after.max.ms",
     .scope = topic,
     .type = int64,
     .fallback = "3600000",
     .doc = "How far ahead of the broker's clock a producer's timestamp may be, in milliseconds (KIP-1030).",
     .least = 0,
     .synonyms = timestamp_after},
    {.name = "message.timestamp.before.max.ms",
     .scope = topic,
     .type = int64,
     .fallback = unlimited,
     .doc = "How far behind the broker's clock a producer's timestamp may be, in milliseconds.",
     .least = 0,
     .synonyms = timestamp_before},
    {.name = "message.timestamp.difference.max.ms",
     .scope = topic,
     .type = int64,
     .fallback = unlimited,
     .doc = "The older name for both message.timestamp.before.max.ms and message.timestamp.after.max.ms; the "
            "smaller "
            "one counts.",
     .least = 0,
     .synonyms = timestamp_difference},
    {.name = "message.timestamp.type",
     .scope = topic,
     .type = text,
     .fallback = "CreateTime",
     .doc = "Whether a record's timestamp is its producer's (CreateTime) or the broker's at append "
            "(LogAppendTime).",
     .choices = "CreateTime|LogAppendTime",
     .synonyms = timestamp_type},
    {.name = "min.cleanable.dirty.ratio",
     .scope = topic,
     .type = ratio,
     .fallback = "0.5",
     .doc = "How much of a log must be uncompacted before it is compacted; without effect while weir keeps "
            "all of a "
            "compacted topic.",
     .synonyms = min_cleanable_ratio},
    {.name = "min.compaction.lag.ms",
     .scope = topic,
     .type = int64,
     .fallback = "0",
     .doc =
         "The shortest a record stays uncompacted; without effect while weir keeps all of a compacted topic.",
     .least = 0,
     .synonyms = min_compaction_lag_ms},
    {.name = "min.insync.replicas",
     .scope = topic,
     .type = int32,
     .fallback = "1",
     .doc = "How many replicas must be in sync for a write with acks=all to be taken.",
     .least = 1,
     .synonyms = min_insync_replicas},
    {.name = "preallocate",
     .scope = topic,
     .type = boolean,
     .fallback = "false",
     .doc = "Accepted and ignored: segments grow as they are written.",
     .synonyms = preallocate},
    {.name = "remote.storage.enable",
     .scope = topic,
     .type = boolean,
     .fallback = "false",
     .doc = "Must be false: there is no second tier.",
     .choices = "false"},
    {.name = "retention.bytes",
     .scope = topic,
     .type = int64,
     .fallback = "-1",
     .doc = "How much a partition keeps, in bytes; the oldest segments above it are dropped. -1: no limit.",
     .least = -1,
     .synonyms = retention_bytes},
    {.name = "retention.ms",
     .scope = topic,
     .type = int64,
     .fallback = "604800000",
     .doc = "How long a partition keeps records, in milliseconds; segments all older than that are dropped. "
            "-1: for ever.",
     .least = -1,
     .synonyms = retention_ms},
    {.name = "segment.bytes",
     .scope = topic,
     .type = int32,
     .fallback = "1073741824",
     .doc = "The size at which a partition starts a new segment file; retention drops whole segments.",
     .least = 14,
     .synonyms = segment_bytes},
    {.name = "segment.index.bytes",
     .scope = topic,
     .type = int32,
     .fallback = "10485760",
     .doc = "Accepted and ignored: weir's indexes have no fixed size.",
     .least = 4,
     .synonyms = segment_index_bytes},
    {.name = "segment.jitter.ms",
     .scope = topic,
     .type = int64,
     .fallback = "0",
     .doc = "Accepted and ignored.",
     .least = 0,
     .synonyms = segment_jitter_ms},
    {.name = "segment.ms",
     .scope = topic,
     .type = int64,
     .fallback = "604800000",
     .doc =
         "The age, in milliseconds, at which a partition starts a new segment file even if it is not full.",
     .least = 1,
     .synonyms = segment_ms},
    {.name = "unclean.leader.election.enable",
     .scope = topic,
     .type = boolean,
     .fallback = "false",
     .doc = "Whether a replica that was not in sync may lead when no other is left; acknowledged records can "
            "be lost.",
     .synonyms = unclean_election},
    {.name = "weir.durability",
     .scope = topic,
     .type = text,
     .fallback = "journal",
     .doc = "What an acknowledged record has been through: 'journal' (fdatasync on this node's journal) or "
            "'page-cache' "
            "(handed to the kernel; a power cut may lose the newest).",
     .choices = "journal|page-cache",
     .synonyms = durability},
    {.name = "weir.mode",
     .scope = topic,
     .type = text,
     .fallback = std::nullopt,
     .doc = "How a new topic is kept: 'single' (all partitions on one node), 'plain' (one replica of each, "
            "spread) or 'mirrored' (a replica on every node, or as many as the creator asks for).",
     .choices = "single|plain|mirrored",
     .change = SettingChange::at_creation},
};

}  // namespace

std::span<const Setting> topic_setting_table() {
    return table;
}

}  // namespace weir::metadata
