// The class exchange (AMQP 0-9-1): exchanges and bindings between them.
#pragma once

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct ExchangeDeclare {
    static constexpr MethodInfo info{.id = {40, 10}, .name = "exchange.declare", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view exchange;
    std::string_view type;
    bool passive = false;
    bool durable = false;
    bool auto_delete = false;
    bool internal = false;
    bool nowait = false;
    Table arguments;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("exchange", m.exchange);
        v.field("type", m.type);
        v.field("passive", m.passive);
        v.field("durable", m.durable);
        v.field("auto_delete", m.auto_delete);
        v.field("internal", m.internal);
        v.field("nowait", m.nowait);
        v.field("arguments", m.arguments);
    }
};

struct ExchangeDeclareOk {
    static constexpr MethodInfo info{.id = {40, 11}, .name = "exchange.declare-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct ExchangeDelete {
    static constexpr MethodInfo info{.id = {40, 20}, .name = "exchange.delete", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view exchange;
    bool if_unused = false;
    bool nowait = false;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("exchange", m.exchange);
        v.field("if_unused", m.if_unused);
        v.field("nowait", m.nowait);
    }
};

struct ExchangeDeleteOk {
    static constexpr MethodInfo info{.id = {40, 21}, .name = "exchange.delete-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct ExchangeBind {
    static constexpr MethodInfo info{.id = {40, 30}, .name = "exchange.bind", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view destination;
    std::string_view source;
    std::string_view routing_key;
    bool nowait = false;
    Table arguments;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("destination", m.destination);
        v.field("source", m.source);
        v.field("routing_key", m.routing_key);
        v.field("nowait", m.nowait);
        v.field("arguments", m.arguments);
    }
};

struct ExchangeBindOk {
    static constexpr MethodInfo info{.id = {40, 31}, .name = "exchange.bind-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

struct ExchangeUnbind {
    static constexpr MethodInfo info{.id = {40, 40}, .name = "exchange.unbind", .sender = Sender::client};

    std::uint16_t ticket = 0;
    std::string_view destination;
    std::string_view source;
    std::string_view routing_key;
    bool nowait = false;
    Table arguments;

    static void fields(auto& m, auto&& v) {
        v.field("ticket", m.ticket);
        v.field("destination", m.destination);
        v.field("source", m.source);
        v.field("routing_key", m.routing_key);
        v.field("nowait", m.nowait);
        v.field("arguments", m.arguments);
    }
};

struct ExchangeUnbindOk {
    static constexpr MethodInfo info{.id = {40, 51}, .name = "exchange.unbind-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

}  // namespace weir::amqp
