// A record of a topic as a message for AMQP clients, and back (docs/protocols/mapping.md). Pure.
//
// Either way leads back to what it began with. A message that was published becomes a record with the header
// x-exchange; any other record becomes a message with the header x-record-timestamp, and is the same record
// again if that is published.
#pragma once

#include <optional>
#include <string>

#include "broker/message/record.hpp"
#include "protocols/amqp/content.hpp"

namespace weir::amqp {

// Headers of messages that were records of other clients.
inline constexpr std::string_view record_timestamp_header = "x-record-timestamp";  // milliseconds
inline constexpr std::string_view record_key_header = "x-record-key";              // text or bytes
inline constexpr std::string_view record_tombstone_header = "x-record-tombstone";  // true: no value
// Instead of the record's headers, where they do not fit into a frame.
inline constexpr std::string_view headers_omitted_header = "x-record-headers-omitted";
// Headers that deliveries get, and that do not stay when they are published again.
inline constexpr std::string_view stream_offset_header = "x-stream-offset";
inline constexpr std::string_view stream_partition_header = "x-stream-partition";
inline constexpr std::string_view delivery_count_header = "x-delivery-count";
// The header of a record that has a message's properties as they came, where its other headers do not tell.
inline constexpr std::string_view properties_header = "x-amqp-properties";

// Where a record lies, and what else its delivery says.
struct RecordPlace {
    std::string_view topic;
    std::optional<std::int32_t> partition{};  // if the topic has more than one
    std::optional<std::uint32_t> delivery_count{};
};

// The body is the record's value.
struct MappedMessage {
    std::string exchange;
    std::string routing_key;
    Bytes properties;
};

// `now_ms` dates what has no time of its own.
message::Record to_record(const Publish& publish, std::string_view topic, std::int64_t now_ms);
// Properties take at most `max_property_bytes`: record headers beyond that are left out.
MappedMessage from_record(const message::RecordView& record, const RecordPlace& place,
                          std::size_t max_property_bytes);

}  // namespace weir::amqp
