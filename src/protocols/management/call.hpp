// One call of the API: who asks for what; and what handlers need to answer it.
#pragma once

#include <future>
#include <map>
#include <memory>

#include "broker/access/authenticator.hpp"
#include "broker/access/authorizer.hpp"
#include "broker/access/login_counts.hpp"
#include "broker/broker.hpp"
#include "broker/live_connections.hpp"
#include "broker/queues.hpp"
#include "broker/turn_writers.hpp"
#include "protocols/amqp/server_properties.hpp"
#include "protocols/management/door_control.hpp"
#include "protocols/management/http_message.hpp"
#include "protocols/management/json.hpp"
#include "protocols/management/message_rates.hpp"

namespace weir::management {

using amqp::node_name;

inline constexpr std::chrono::seconds max_wait{30};  // of a handler, for anything

// Where clients connect, by the protocol's name: "amqp", "http".
struct ListenerFacts {
    std::string protocol;
    runtime::Endpoint endpoint;
};

// What the API stands on.
struct Services {
    broker::Broker& broker;
    broker::LiveConnections& connections;
    Random& random;       // good for secrets
    std::string product;  // by these two, and by the cluster's name, it introduces itself
    std::string version;
    std::string cluster_name;
    std::vector<ListenerFacts> listeners{};
    access::AuthenticationRules rules{};
    std::int64_t started_ms = 0;  // of a clock that never goes back
    DoorControl* door = nullptr;  // null: there is none for AMQP clients
    std::shared_ptr<MessageRates> rates = std::make_shared<MessageRates>();
    std::shared_ptr<access::LoginCounts> logins = std::make_shared<access::LoginCounts>();  // of the API
    // For messages to streams; it outlives what was posted for it to a reactor.
    std::shared_ptr<broker::TurnWriters> writers = std::make_shared<broker::TurnWriters>(broker);

    broker::Queues& queues() { return broker.queues(); }
};

struct Call {
    Services& services;
    topology::UserPtr user;
    std::string method;
    std::string reason;
    std::vector<std::string> arguments;  // what stands in the path for the route's {}
    std::map<std::string, std::string, std::less<>> query;
    Json body;
    metadata::CataloguePtr catalogue;  // as it was when the call came

    const topology::Topology& topology() const { return catalogue->topology(); }
    std::string parameter(std::string_view name, std::string_view otherwise = "") const;
    bool is_set(std::string_view name) const { return parameter(name) == "true"; }
};

struct Answer {
    int status = 200;
    std::optional<Json> body{};
    std::vector<std::pair<std::string, std::string>> headers{};
};
inline Answer ok(Json body) {
    return {200, std::move(body)};
}
inline Answer created_or_changed(bool is_new) {
    return {is_new ? 201 : 204};
}
inline Answer no_content() {
    return {204};
}
Error not_found();
Error bad_request(std::string reason);
Error refused(std::string reason);  // 401
Error no_queue_logs();              // 503: there are none yet

// ---- who may what

enum class Rights {
    any,            // every user who may use the API at all
    monitoring,     // sees what belongs to others
    policymaker,    // changes policies and parameters where it has permissions
    administrator,  // everything
};
bool has(const topology::User& user, Rights rights);
// The word that RabbitMQ has for whoever has these rights.
std::string_view rights_name(Rights rights);

// Errors: not_found; refused: the user has no permissions there (and sees no more than that).
Result<const topology::HostState*> visible_host(const Call& call, std::string_view name);
// The same, of one to be changed: also administrators need permissions there.
Result<const topology::HostState*> own_host(const Call& call, std::string_view name);
std::vector<const topology::HostState*> visible_hosts(const Call& call);
// The one that the address names as its first argument, or else all. Errors: those of visible_host.
Result<std::vector<const topology::HostState*>> hosts_asked_for(const Call& call);
// Errors: refused.
Result<void> check_access(const Call& call, std::string_view host, access::Operation operation,
                          std::string_view kind, std::string_view name);
// The same, of a message's key where the exchange routes by patterns.
Result<void> check_key(const Call& call, const topology::Exchange& exchange, access::Operation operation,
                       std::string_view key);

// ---- waiting

// Starts something and waits for what it calls back with, once, on any thread.
template <class T, class Begin>
Result<T> await(Begin begin) {
    const auto done = std::make_shared<std::promise<Result<T>>>();
    auto outcome = done->get_future();
    begin([done](Result<T> result) { done->set_value(std::move(result)); });
    if (outcome.wait_for(max_wait) != std::future_status::ready)
        return Error{Errc::timed_out, "there was no answer in time"};
    try {
        return outcome.get();
    } catch (const std::future_error&) {  // whoever was to answer has let go of the question
        return Error{Errc::shutting_down, "the broker is stopping"};
    }
}
template <class Request>
Result<typename Request::Reply> change(Services& services, Request request) {
    return await<typename Request::Reply>(
        [&](auto done) { services.queues().change(std::move(request), std::move(done)); });
}

}  // namespace weir::management
