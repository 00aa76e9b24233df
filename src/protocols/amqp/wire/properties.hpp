// A message's properties (AMQP 0-9-1 section 4.2.6.1): the fourteen of the class basic, each there or not.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "protocols/amqp/wire/schema.hpp"
#include "protocols/amqp/wire/writer.hpp"

namespace weir::amqp {

// The numbers of delivery_mode.
inline constexpr std::uint8_t transient_delivery = 1;
inline constexpr std::uint8_t persistent_delivery = 2;

// Views the bytes it was read from.
struct Properties {
    std::optional<std::string_view> content_type;
    std::optional<std::string_view> content_encoding;
    std::optional<Table> headers;
    std::optional<std::uint8_t> delivery_mode;
    std::optional<std::uint8_t> priority;
    std::optional<std::string_view> correlation_id;
    std::optional<std::string_view> reply_to;
    std::optional<std::string_view> expiration;
    std::optional<std::string_view> message_id;
    std::optional<std::uint64_t> timestamp;  // seconds since 1970-01-01 UTC
    std::optional<std::string_view> type;
    std::optional<std::string_view> user_id;
    std::optional<std::string_view> app_id;
    std::optional<std::string_view> cluster_id;

    static void fields(auto& p, auto&& v) {
        v.field("content_type", p.content_type);
        v.field("content_encoding", p.content_encoding);
        v.field("headers", p.headers);
        v.field("delivery_mode", p.delivery_mode);
        v.field("priority", p.priority);
        v.field("correlation_id", p.correlation_id);
        v.field("reply_to", p.reply_to);
        v.field("expiration", p.expiration);
        v.field("message_id", p.message_id);
        v.field("timestamp", p.timestamp);
        v.field("type", p.type);
        v.field("user_id", p.user_id);
        v.field("app_id", p.app_id);
        v.field("cluster_id", p.cluster_id);
    }
};

// Reads what follows the body's size in a content header, which it must fill. Errors: corrupt, with the
// property and the byte.
Result<Properties> decode_properties(ByteView bytes);

void write_properties(Writer& out, const Properties& properties);
Bytes encode_properties(const Properties& properties);

}  // namespace weir::amqp
