// Logins by the catalogue's users.
#include "protocols/amqp/gate.hpp"

#include <future>

#include "broker/access/authorizer.hpp"
#include "broker/access/password.hpp"
#include "protocols/amqp/arguments.hpp"

namespace weir::amqp {
namespace {

constexpr const char* first_host = "/";
constexpr const char* first_user = "guest";

topology::Exchange predeclared(std::string_view name, topology::ExchangeKind kind, bool is_internal = false) {
    return {.name = std::string{name}, .kind = kind, .is_internal = is_internal};
}

template <class Request>
Result<void> change(broker::Queues& queues, Request request) {
    std::promise<Result<typename Request::Reply>> changed;
    queues.change(std::move(request), [&](auto reply) { changed.set_value(std::move(reply)); });
    const auto reply = changed.get_future().get();
    return reply ? Result<void>{} : Result<void>{reply.error()};
}

}  // namespace

std::vector<topology::Exchange> predeclared_exchanges() {
    using enum topology::ExchangeKind;
    return {predeclared("amq.direct", direct), predeclared("amq.fanout", fan_out),
            predeclared("amq.topic", pattern), predeclared("amq.headers", header),
            predeclared("amq.match", header),  predeclared(trace_exchange, pattern, true)};
}

std::string cluster_name(const topology::Topology& topology, std::string_view otherwise) {
    const auto& set = topology.parameter("", "", cluster_name_parameter);
    const auto* name = set ? set->value.text() : nullptr;
    return name != nullptr ? *name : std::string{otherwise};
}

Result<void> prepare(broker::Queues& queues, Random& random) {
    if (queues.catalogue()->topology().all_permissions().size() != 0) return {};
    const auto credentials = access::make_credentials(first_user, random);
    if (!credentials) return credentials.error();
    const topology::PutVirtualHost host{.host = {.name = first_host}, .exchanges = predeclared_exchanges()};
    const topology::PutUser user{
        {.name = first_user, .credentials = *credentials, .tags = {"administrator"}}};
    const topology::SetPermissions permissions{
        {.user = first_user, .host = first_host, .configure = ".*", .write = ".*", .read = ".*"}};
    // The permissions come last: after a crash in between it all is done once more.
    if (auto made = change(queues, host); !made) return made;
    if (auto made = change(queues, user); !made) return made;
    return change(queues, permissions);
}

std::optional<std::string> BrokerGate::refuse_login(const Credentials& credentials,
                                                    const runtime::Endpoint& peer) {
    const auto user =
        authenticator_.authenticate(queues_.catalogue()->topology(), {.user = credentials.user,
                                                                      .password = credentials.password,
                                                                      .address = peer.host,
                                                                      .is_loopback = peer.is_loopback(),
                                                                      .now_ms = clock_.monotonic_ms()});
    logins_.add(user.has_value());
    if (user) return std::nullopt;
    return fmt::format("user '{}' - {}", credentials.user, user.error().message);
}

std::optional<AmqpError> BrokerGate::refuse_open(std::string_view user, std::string_view virtual_host) {
    const auto catalogue = queues_.catalogue();
    if (catalogue->topology().host(virtual_host) == nullptr)
        return AmqpError{ReplyCode::not_allowed, fmt::format("vhost {} not found", virtual_host)};
    access::Authorizer authorizer{std::string{user}, std::string{virtual_host}};
    authorizer.update(catalogue->topology());
    const auto refused = fmt::format("access to vhost '{}' refused for user '{}'", virtual_host, user);
    if (!authorizer.may_enter()) return AmqpError{ReplyCode::not_allowed, refused};
    const auto host_limit =
        limit_of(catalogue->topology().host(virtual_host)->host->settings, "max-connections");
    const auto user_limit = limit_of(authorizer.user()->settings, "max-connections");
    switch (usage_.enter(std::string{user}, std::string{virtual_host}, user_limit, host_limit)) {
        case Usage::Refusal::none: return std::nullopt;
        case Usage::Refusal::host:
            return AmqpError{ReplyCode::not_allowed,
                             fmt::format("{}: connection limit ({}) is reached", refused, *host_limit)};
        case Usage::Refusal::user: break;
    }
    return AmqpError{ReplyCode::not_allowed,
                     fmt::format("connection refused for user '{}': user connection limit ({}) is reached",
                                 user, *user_limit)};
}

void BrokerGate::has_ended(std::string_view user, std::string_view virtual_host) {
    usage_.leave(std::string{user}, std::string{virtual_host});
}

}  // namespace weir::amqp
