// The class confirm (AMQP 0-9-1): publisher confirms, RabbitMQ's extension.
#pragma once

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct ConfirmSelect {
    static constexpr MethodInfo info{.id = {85, 10}, .name = "confirm.select", .sender = Sender::client};

    bool nowait = false;

    static void fields(auto& m, auto&& v) { v.field("nowait", m.nowait); }
};

struct ConfirmSelectOk {
    static constexpr MethodInfo info{.id = {85, 11}, .name = "confirm.select-ok", .sender = Sender::server};

    static void fields(auto&, auto&&) {}
};

}  // namespace weir::amqp
