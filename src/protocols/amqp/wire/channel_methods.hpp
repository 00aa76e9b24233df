// The class channel (AMQP 0-9-1): opening, closing and pausing a channel.
#pragma once

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct ChannelOpen {
    static constexpr MethodInfo info{.id = {20, 10}, .name = "channel.open", .sender = Sender::client};

    std::string_view out_of_band;

    static void fields(auto& m, auto&& v) { v.field("out_of_band", m.out_of_band); }
};

struct ChannelOpenOk {
    static constexpr MethodInfo info{.id = {20, 11}, .name = "channel.open-ok", .sender = Sender::server};

    LongString channel_id;

    static void fields(auto& m, auto&& v) { v.field("channel_id", m.channel_id); }
};

struct ChannelFlow {
    static constexpr MethodInfo info{.id = {20, 20}, .name = "channel.flow", .sender = Sender::either};

    bool active = false;

    static void fields(auto& m, auto&& v) { v.field("active", m.active); }
};

struct ChannelFlowOk {
    static constexpr MethodInfo info{.id = {20, 21}, .name = "channel.flow-ok", .sender = Sender::either};

    bool active = false;

    static void fields(auto& m, auto&& v) { v.field("active", m.active); }
};

struct ChannelClose {
    static constexpr MethodInfo info{.id = {20, 40}, .name = "channel.close", .sender = Sender::either};

    std::uint16_t reply_code = 0;
    std::string_view reply_text;
    std::uint16_t class_id = 0;
    std::uint16_t method_id = 0;

    static void fields(auto& m, auto&& v) {
        v.field("reply_code", m.reply_code);
        v.field("reply_text", m.reply_text);
        v.field("class_id", m.class_id);
        v.field("method_id", m.method_id);
    }
};

struct ChannelCloseOk {
    static constexpr MethodInfo info{.id = {20, 41}, .name = "channel.close-ok", .sender = Sender::either};

    static void fields(auto&, auto&&) {}
};

}  // namespace weir::amqp
