// A message as topics keep it, whatever door it came by: a record that owns its bytes, with headers whose
// names the doors agree on (docs/protocols/mapping.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "broker/message/batch_builder.hpp"
#include "broker/message/record_reader.hpp"

namespace weir::message {

// Headers that say of a message what several protocols have a place of their own for. Values are text.
namespace header {
inline constexpr std::string_view content_type = "content-type";
inline constexpr std::string_view content_encoding = "content-encoding";
inline constexpr std::string_view delivery_mode = "delivery-mode";  // 1: transient, 2: persistent
inline constexpr std::string_view priority = "priority";
inline constexpr std::string_view correlation_id = "correlation-id";
inline constexpr std::string_view reply_to = "reply-to";
inline constexpr std::string_view expiration = "expiration";  // milliseconds
inline constexpr std::string_view message_id = "message-id";
inline constexpr std::string_view timestamp = "timestamp";  // seconds since 1970-01-01 UTC
inline constexpr std::string_view type = "type";
inline constexpr std::string_view user_id = "user-id";
inline constexpr std::string_view app_id = "app-id";
inline constexpr std::string_view cluster_id = "cluster-id";
// Of a message that came by an exchange: its name, "" for the default one; and its routing key, unless that
// is told by the record's key.
inline constexpr std::string_view exchange = "x-exchange";
inline constexpr std::string_view routing_key = "x-routing-key";
}  // namespace header

struct Header {
    std::string name;
    std::optional<Bytes> value;
    bool operator==(const Header&) const = default;
};

struct Record {
    std::int64_t timestamp_ms = 0;
    std::optional<Bytes> key;
    std::optional<Bytes> value;  // nothing: a tombstone
    std::vector<Header> headers;

    bool operator==(const Record&) const = default;
    std::size_t content_bytes() const;
};

Record owned(const RecordView& view);
void add(BatchBuilder& batch, const Record& record);

// The partition that Kafka's clients give a key of their default partitioner's: murmur2 of it. `partitions`
// is positive.
std::int32_t partition_of(ByteView key, std::int32_t partitions);

}  // namespace weir::message
