// The class queue (AMQP 0-9-1): queues and their bindings.
#pragma once

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct QueueDeclare {
    static constexpr MethodInfo info{.id = {50, 10}, .name = "queue.declare", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view queue;
    bool passive = false;
    bool durable = false;
    bool exclusive = false;
    bool auto_delete = false;
    bool nowait = false;
    Table arguments;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("queue", m.queue);
        v.field("passive", m.passive);
        v.field("durable", m.durable);
        v.field("exclusive", m.exclusive);
        v.field("auto_delete", m.auto_delete);
        v.field("nowait", m.nowait);
        v.field("arguments", m.arguments);
    }
};

struct QueueDeclareOk {
    static constexpr MethodInfo info{.id = {50, 11}, .name = "queue.declare-ok", .sender = Sender::server};

    std::string_view queue;
    std::uint32_t message_count = 0;
    std::uint32_t consumer_count = 0;

    static void fields(auto& m, auto&& v) {
        v.field("queue", m.queue);
        v.field("message_count", m.message_count);
        v.field("consumer_count", m.consumer_count);
    }
};

struct QueueBind {
    static constexpr MethodInfo info{.id = {50, 20}, .name = "queue.bind", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view queue;
    std::string_view exchange;
    std::string_view routing_key;
    bool nowait = false;
    Table arguments;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("queue", m.queue);
        v.field("exchange", m.exchange);
        v.field("routing_key", m.routing_key);
        v.field("nowait", m.nowait);
        v.field("arguments", m.arguments);
    }
};

struct QueueBindOk {
    static constexpr MethodInfo info{.id = {50, 21}, .name = "queue.bind-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct QueuePurge {
    static constexpr MethodInfo info{.id = {50, 30}, .name = "queue.purge", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view queue;
    bool nowait = false;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("queue", m.queue);
        v.field("nowait", m.nowait);
    }
};

struct QueuePurgeOk {
    static constexpr MethodInfo info{.id = {50, 31}, .name = "queue.purge-ok", .sender = Sender::server};

    std::uint32_t message_count = 0;

    static void fields(auto& m, auto&& v) { v.field("message_count", m.message_count); }
};

struct QueueDelete {
    static constexpr MethodInfo info{.id = {50, 40}, .name = "queue.delete", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view queue;
    bool if_unused = false;
    bool if_empty = false;
    bool nowait = false;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("queue", m.queue);
        v.field("if_unused", m.if_unused);
        v.field("if_empty", m.if_empty);
        v.field("nowait", m.nowait);
    }
};

struct QueueDeleteOk {
    static constexpr MethodInfo info{.id = {50, 41}, .name = "queue.delete-ok", .sender = Sender::server};

    std::uint32_t message_count = 0;

    static void fields(auto& m, auto&& v) { v.field("message_count", m.message_count); }
};

struct QueueUnbind {
    static constexpr MethodInfo info{.id = {50, 50}, .name = "queue.unbind", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view queue;
    std::string_view exchange;
    std::string_view routing_key;
    Table arguments;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("queue", m.queue);
        v.field("exchange", m.exchange);
        v.field("routing_key", m.routing_key);
        v.field("arguments", m.arguments);
    }
};

struct QueueUnbindOk {
    static constexpr MethodInfo info{.id = {50, 51}, .name = "queue.unbind-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

}  // namespace weir::amqp
