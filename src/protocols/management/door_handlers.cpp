// weir's own addresses about the door for AMQP clients, for rabbitmqctl.
#include "protocols/management/handlers.hpp"

namespace weir::management {

namespace {

Result<DoorControl*> door_of(const Call& call) {
    if (call.services.door == nullptr) return not_found();
    return call.services.door;
}

Answer door_json(const DoorControl& door) {
    return ok({{"open", door.is_open()}});
}

Result<Answer> set_alarm(const Call& call, bool is_on) {
    const auto door = door_of(call);
    if (!door) return door.error();
    if (auto set = (*door)->set_alarm(call.arguments[0], is_on); !set) return set.error();
    return no_content();
}

}  // namespace

Result<Answer> get_door(const Call& call) {
    const auto door = door_of(call);
    if (!door) return door.error();
    return door_json(**door);
}

Result<Answer> put_door(const Call& call) {
    const auto door = door_of(call);
    if (!door) return door.error();
    Fields fields{call.body};
    if (!fields.has("open")) fields.fail("say whether the door is to be open");
    const bool is_open = fields.flag("open", true);
    if (fields.error()) return *fields.error();
    if (auto done = is_open ? (*door)->open() : (*door)->close(); !done) return done.error();
    return door_json(**door);
}

Result<Answer> put_alarm(const Call& call) {
    return set_alarm(call, true);
}

Result<Answer> delete_alarm(const Call& call) {
    return set_alarm(call, false);
}

Result<Answer> put_door_limit(const Call& call) {
    const auto door = door_of(call);
    if (!door) return door.error();
    Fields fields{call.body};
    const auto value = fields.integer("value", -1);
    if (fields.error()) return *fields.error();
    if (auto set = (*door)->set_limit(call.arguments[0], value); !set) return set.error();
    return no_content();
}

std::vector<ListenerFacts> open_listeners(const Call& call) {
    auto out = call.services.listeners;
    const auto* door = call.services.door;
    if (door != nullptr && !door->is_open())
        std::erase_if(out, [](const auto& listener) { return listener.protocol.starts_with("amqp"); });
    return out;
}

}  // namespace weir::management
