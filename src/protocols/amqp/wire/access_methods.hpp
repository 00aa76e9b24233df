// The class access (AMQP 0-9-1): what is left of access tickets: asked for by old clients, always granted.
#pragma once

#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct AccessRequest {
    static constexpr MethodInfo info{.id = {30, 10}, .name = "access.request", .sender = Sender::client};

    std::string_view realm;
    bool exclusive = false;
    bool passive = false;
    bool active = false;
    bool write = false;
    bool read = false;

    static void fields(auto& m, auto&& v) {
        v.field("realm", m.realm);
        v.field("exclusive", m.exclusive);
        v.field("passive", m.passive);
        v.field("active", m.active);
        v.field("write", m.write);
        v.field("read", m.read);
    }
};

struct AccessRequestOk {
    static constexpr MethodInfo info{.id = {30, 11}, .name = "access.request-ok", .sender = Sender::server};

    std::uint16_t ticket = 1;

    static void fields(auto& m, auto&& v) { v.field("ticket", m.ticket); }
};

}  // namespace weir::amqp
