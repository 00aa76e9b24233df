// Connections, channels and consumers as they are right now; users see their own, monitors all.
#include "protocols/management/connection_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"

namespace weir::management {

namespace {

bool may_see(const Call& call, const broker::LiveConnection& connection) {
    return connection.user == call.user->name || has(*call.user, Rights::monitoring);
}

std::vector<broker::LiveConnection> visible(const Call& call) {
    auto out = call.services.connections.list();
    std::erase_if(out, [&](const auto& connection) { return !may_see(call, connection); });
    return out;
}

std::optional<broker::LiveConnection> named(const Call& call) {
    for (auto& connection : visible(call)) {
        if (connection_name(connection) == call.arguments[0]) return std::move(connection);
    }
    return std::nullopt;
}

template <class Choose>
Result<Answer> list_chosen(const Call& call, Choose is_chosen) {
    std::vector<Json> items;
    for (const auto& connection : visible(call)) {
        if (is_chosen(connection)) items.push_back(connection_json(call, connection));
    }
    return listed(call, std::move(items));
}

// `items_of` makes those of one connection.
template <class Choose>
Result<Answer> list_within(const Call& call, Choose is_chosen,
                           std::vector<Json> (*items_of)(const Call&, const broker::LiveConnection&)) {
    std::vector<Json> items;
    for (const auto& connection : visible(call)) {
        if (!is_chosen(connection)) continue;
        for (auto& item : items_of(call, connection)) items.push_back(std::move(item));
    }
    return listed(call, std::move(items));
}

constexpr std::size_t max_reason = 200;  // of the text that the client is told

constexpr auto all = [](auto&&) { return true; };

void close(const Call& call, const broker::LiveConnection& connection) {
    const auto why = call.reason.empty() ? "Closed via management plugin" : call.reason.substr(0, max_reason);
    call.services.connections.close(connection.id, why);
}

// Whoever asked may count on it that the client has been told: the connections do what they are asked in
// turn.
void await_closes(const Call& call) {
    call.services.connections.list();
}

}  // namespace

Result<Answer> list_connections(const Call& call) {
    return list_chosen(call, all);
}

Result<Answer> list_connections_in_host(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    return list_chosen(call, [&](const auto& connection) { return connection.host == call.arguments[0]; });
}

Result<Answer> list_connections_of_user(const Call& call) {
    return list_chosen(call, [&](const auto& connection) { return connection.user == call.arguments[0]; });
}

Result<Answer> get_connection(const Call& call) {
    const auto connection = named(call);
    if (!connection) return not_found();
    return shown(call, connection_json(call, *connection));
}

Result<Answer> close_connection(const Call& call) {
    const auto connection = named(call);
    if (!connection) return not_found();
    close(call, *connection);
    await_closes(call);
    return no_content();
}

Result<Answer> close_connections_of_user(const Call& call) {
    for (const auto& connection : visible(call)) {
        if (connection.user == call.arguments[0]) close(call, connection);
    }
    await_closes(call);
    return no_content();
}

Result<Answer> list_channels(const Call& call) {
    return list_within(call, all, channels_json);
}

Result<Answer> list_channels_in_host(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    return list_within(
        call, [&](const auto& connection) { return connection.host == call.arguments[0]; }, channels_json);
}

Result<Answer> list_channels_of_connection(const Call& call) {
    if (!named(call)) return not_found();
    return list_within(
        call, [&](const auto& connection) { return connection_name(connection) == call.arguments[0]; },
        channels_json);
}

Result<Answer> get_channel(const Call& call) {
    for (const auto& connection : visible(call)) {
        for (const auto& channel : channels_json(call, connection)) {
            if (channel["name"] != call.arguments[0]) continue;
            auto out = channel;
            out["consumer_details"] = Json::array();
            for (auto& consumer : consumers_json(call, connection)) {
                if (consumer["channel_details"]["number"] == channel["number"])
                    out["consumer_details"].push_back(std::move(consumer));
            }
            return shown(call, out);
        }
    }
    return not_found();
}

Result<Answer> list_consumers(const Call& call) {
    if (call.arguments.empty()) return list_within(call, all, consumers_json);
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    return list_within(
        call, [&](const auto& connection) { return connection.host == call.arguments[0]; }, consumers_json);
}

}  // namespace weir::management
