// Rights by tags, and by permissions in virtual hosts.
#include "protocols/management/call.hpp"

#include <algorithm>
#include <array>

namespace weir::management {

namespace {

bool has_tag(const topology::User& user, std::string_view tag) {
    return std::ranges::find(user.tags, tag) != user.tags.end();
}

bool has_permissions(const Call& call, std::string_view host) {
    return call.topology().permissions(call.user->name, host) != nullptr;
}

Error no_access(const Call& call, std::string_view host) {
    return refused(fmt::format("User '{}' has no access to vhost '{}'", call.user->name, host));
}

std::string_view name(access::Operation operation) {
    switch (operation) {
        case access::Operation::configure: return "configure";
        case access::Operation::write: return "write";
        case access::Operation::read: return "read";
    }
    return "";
}

}  // namespace

std::string Call::parameter(std::string_view key, std::string_view otherwise) const {
    const auto at = query.find(key);
    return at == query.end() ? std::string{otherwise} : at->second;
}

Error not_found() {
    return {Errc::not_found, "Not Found"};
}
Error bad_request(std::string reason) {
    return {Errc::invalid_argument, std::move(reason)};
}
Error refused(std::string reason) {
    return {Errc::not_authorized, std::move(reason)};
}

Error no_queue_logs() {
    return {Errc::unavailable, "there are no queue logs yet"};
}

bool has(const topology::User& user, Rights rights) {
    if (has_tag(user, "administrator")) return true;
    switch (rights) {
        case Rights::administrator: return false;
        case Rights::monitoring: return has_tag(user, "monitoring");
        case Rights::policymaker: return has_tag(user, "policymaker");
        case Rights::any:
            return has_tag(user, "monitoring") || has_tag(user, "policymaker") || has_tag(user, "management");
    }
    return false;
}

std::string_view rights_name(Rights rights) {
    switch (rights) {
        case Rights::any: return "management";
        case Rights::monitoring: return "monitor";
        case Rights::policymaker: return "policymaker";
        case Rights::administrator: return "administrator";
    }
    return "";
}

Result<const topology::HostState*> visible_host(const Call& call, std::string_view name) {
    const auto* host = call.topology().host(name);
    if (host == nullptr) return not_found();
    if (!has(*call.user, Rights::monitoring) && !has_permissions(call, name)) return no_access(call, name);
    return host;
}

Result<const topology::HostState*> own_host(const Call& call, std::string_view name) {
    const auto* host = call.topology().host(name);
    if (host == nullptr) return not_found();
    if (!has_permissions(call, name)) return no_access(call, name);
    return host;
}

std::vector<const topology::HostState*> visible_hosts(const Call& call) {
    std::vector<const topology::HostState*> out;
    call.topology().hosts().for_each([&](const auto& host) {
        const auto& name = host->host->name;
        if (has(*call.user, Rights::monitoring) || has_permissions(call, name)) out.push_back(&*host);
    });
    return out;
}

Result<std::vector<const topology::HostState*>> hosts_asked_for(const Call& call) {
    if (call.arguments.empty()) return visible_hosts(call);
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    return std::vector{*host};
}

Result<void> check_access(const Call& call, std::string_view host, access::Operation operation,
                          std::string_view kind, std::string_view resource) {
    access::Authorizer authorizer{call.user->name, std::string{host}};
    authorizer.update(call.topology());
    if (authorizer.may(operation, resource)) return {};
    return refused(fmt::format("ACCESS_REFUSED - {} access to {} '{}' in vhost '{}' refused for user '{}'",
                               name(operation), kind, resource, host, call.user->name));
}

Result<void> check_key(const Call& call, const topology::Exchange& exchange, access::Operation operation,
                       std::string_view key) {
    if (exchange.kind != topology::ExchangeKind::pattern) return {};
    access::Authorizer authorizer{call.user->name, exchange.host};
    authorizer.update(call.topology());
    if (authorizer.may_use_key(operation, exchange.name, key)) return {};
    return refused(fmt::format(
        "ACCESS_REFUSED - {} access to topic '{}' in exchange '{}' in vhost '{}' refused for user '{}'",
        name(operation), key, exchange.name, exchange.host, call.user->name));
}

}  // namespace weir::management
