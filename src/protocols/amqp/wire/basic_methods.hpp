// The class basic (AMQP 0-9-1): publishing, consuming and acknowledging. Properties are in properties.hpp.
#pragma once

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct BasicQos {
    static constexpr MethodInfo info{.id = {60, 10}, .name = "basic.qos", .sender = Sender::client};

    std::uint32_t prefetch_size = 0;
    std::uint16_t prefetch_count = 0;
    bool global = false;

    static void fields(auto& m, auto&& v) {
        v.field("prefetch_size", m.prefetch_size);
        v.field("prefetch_count", m.prefetch_count);
        v.field("global", m.global);
    }
};

struct BasicQosOk {
    static constexpr MethodInfo info{.id = {60, 11}, .name = "basic.qos-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct BasicConsume {
    static constexpr MethodInfo info{.id = {60, 20}, .name = "basic.consume", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view queue;
    std::string_view consumer_tag;
    bool no_local = false;
    bool no_ack = false;
    bool exclusive = false;
    bool nowait = false;
    Table arguments;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("queue", m.queue);
        v.field("consumer_tag", m.consumer_tag);
        v.field("no_local", m.no_local);
        v.field("no_ack", m.no_ack);
        v.field("exclusive", m.exclusive);
        v.field("nowait", m.nowait);
        v.field("arguments", m.arguments);
    }
};

struct BasicConsumeOk {
    static constexpr MethodInfo info{.id = {60, 21}, .name = "basic.consume-ok", .sender = Sender::server};

    std::string_view consumer_tag;

    static void fields(auto& m, auto&& v) { v.field("consumer_tag", m.consumer_tag); }
};

struct BasicCancel {
    static constexpr MethodInfo info{.id = {60, 30}, .name = "basic.cancel", .sender = Sender::either};

    std::string_view consumer_tag;
    bool nowait = false;

    static void fields(auto& m, auto&& v) {
        v.field("consumer_tag", m.consumer_tag);
        v.field("nowait", m.nowait);
    }
};

struct BasicCancelOk {
    static constexpr MethodInfo info{.id = {60, 31}, .name = "basic.cancel-ok", .sender = Sender::either};

    std::string_view consumer_tag;

    static void fields(auto& m, auto&& v) { v.field("consumer_tag", m.consumer_tag); }
};

struct BasicPublish {
    static constexpr MethodInfo info{
        .id = {60, 40}, .name = "basic.publish", .sender = Sender::client, .has_content = true};

    std::uint16_t ticket = 0;
    std::string_view exchange;
    std::string_view routing_key;
    bool mandatory = false;
    bool immediate = false;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("exchange", m.exchange);
        v.field("routing_key", m.routing_key);
        v.field("mandatory", m.mandatory);
        v.field("immediate", m.immediate);
    }
};

struct BasicReturn {
    static constexpr MethodInfo info{
        .id = {60, 50}, .name = "basic.return", .sender = Sender::server, .has_content = true};

    std::uint16_t reply_code = 0;
    std::string_view reply_text;
    std::string_view exchange;
    std::string_view routing_key;

    static void fields(auto& m, auto&& v) {
        v.field("reply_code", m.reply_code);
        v.field("reply_text", m.reply_text);
        v.field("exchange", m.exchange);
        v.field("routing_key", m.routing_key);
    }
};

struct BasicDeliver {
    static constexpr MethodInfo info{
        .id = {60, 60}, .name = "basic.deliver", .sender = Sender::server, .has_content = true};

    std::string_view consumer_tag;
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    std::string_view exchange;
    std::string_view routing_key;

    static void fields(auto& m, auto&& v) {
        v.field("consumer_tag", m.consumer_tag);
        v.field("delivery_tag", m.delivery_tag);
        v.field("redelivered", m.redelivered);
        v.field("exchange", m.exchange);
        v.field("routing_key", m.routing_key);
    }
};

struct BasicGet {
    static constexpr MethodInfo info{.id = {60, 70}, .name = "basic.get", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view queue;
    bool no_ack = false;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("queue", m.queue);
        v.field("no_ack", m.no_ack);
    }
};

struct BasicGetOk {
    static constexpr MethodInfo info{
        .id = {60, 71}, .name = "basic.get-ok", .sender = Sender::server, .has_content = true};

    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    std::string_view exchange;
    std::string_view routing_key;
    std::uint32_t message_count = 0;

    static void fields(auto& m, auto&& v) {
        v.field("delivery_tag", m.delivery_tag);
        v.field("redelivered", m.redelivered);
        v.field("exchange", m.exchange);
        v.field("routing_key", m.routing_key);
        v.field("message_count", m.message_count);
    }
};

struct BasicGetEmpty {
    static constexpr MethodInfo info{.id = {60, 72}, .name = "basic.get-empty", .sender = Sender::server};

    std::string_view cluster_id;

    static void fields(auto& m, auto&& v) { v.field("cluster_id", m.cluster_id); }
};

struct BasicAck {
    static constexpr MethodInfo info{.id = {60, 80}, .name = "basic.ack", .sender = Sender::either};

    std::uint64_t delivery_tag = 0;
    bool multiple = false;

    static void fields(auto& m, auto&& v) {
        v.field("delivery_tag", m.delivery_tag);
        v.field("multiple", m.multiple);
    }
};

struct BasicReject {
    static constexpr MethodInfo info{.id = {60, 90}, .name = "basic.reject", .sender = Sender::client};

    std::uint64_t delivery_tag = 0;
    bool requeue = false;

    static void fields(auto& m, auto&& v) {
        v.field("delivery_tag", m.delivery_tag);
        v.field("requeue", m.requeue);
    }
};

struct BasicRecoverAsync {
    static constexpr MethodInfo info{
        .id = {60, 100}, .name = "basic.recover-async", .sender = Sender::client};

    bool requeue = false;

    static void fields(auto& m, auto&& v) { v.field("requeue", m.requeue); }
};

struct BasicRecover {
    static constexpr MethodInfo info{.id = {60, 110}, .name = "basic.recover", .sender = Sender::client};

    bool requeue = false;

    static void fields(auto& m, auto&& v) { v.field("requeue", m.requeue); }
};

struct BasicRecoverOk {
    static constexpr MethodInfo info{.id = {60, 111}, .name = "basic.recover-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct BasicNack {
    static constexpr MethodInfo info{.id = {60, 120}, .name = "basic.nack", .sender = Sender::either};

    std::uint64_t delivery_tag = 0;
    bool multiple = false;
    bool requeue = false;

    static void fields(auto& m, auto&& v) {
        v.field("delivery_tag", m.delivery_tag);
        v.field("multiple", m.multiple);
        v.field("requeue", m.requeue);
    }
};

}  // namespace weir::amqp
