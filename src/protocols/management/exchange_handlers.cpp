// Exchanges; the default one is everywhere and can't be changed.
#include "protocols/management/changes.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"
#include "protocols/management/queue_view.hpp"

namespace weir::management {

namespace {

constexpr std::string_view reserved_prefix = "amq.";

Json details(const topology::HostState& host, const topology::Exchange& exchange) {
    auto out = exchange_json(exchange);
    add_policy(out, topology::policy_of(host, exchange));
    return out;
}

Json default_exchange(const topology::HostState& host) {
    return exchange_json({.host = host.host->name, .name = ""});
}

bool is_default(const std::string& name) {
    return name.empty() || name == "amq.default";
}

Result<void> check_name(const Call& call, const std::string& name, bool is_there) {
    if (is_default(name))
        return bad_request("ACCESS_REFUSED - operation not permitted on the default exchange");
    if (!is_there && name.starts_with(reserved_prefix)) {
        return bad_request(
            fmt::format("ACCESS_REFUSED - exchange name '{}' contains reserved prefix 'amq.*'", name));
    }
    return check_access(call, call.arguments[0], access::Operation::configure, "exchange", name);
}

}  // namespace

Result<Answer> list_exchanges(const Call& call) {
    const auto hosts = hosts_asked_for(call);
    if (!hosts) return hosts.error();
    std::vector<Json> items;
    for (const auto* host : *hosts) {
        items.push_back(default_exchange(*host));
        host->exchanges.for_each(
            [&](const topology::ExchangePtr& exchange) { items.push_back(details(*host, *exchange)); });
    }
    return listed(call, std::move(items));
}

Result<Answer> get_exchange(const Call& call) {
    const auto host = visible_host(call, call.arguments[0]);
    if (!host) return host.error();
    if (is_default(call.arguments[1])) return shown(call, default_exchange(**host));
    const auto* exchange = (*host)->exchanges.find(call.arguments[1]);
    if (exchange == nullptr) return not_found();
    return shown(call, details(**host, *exchange));
}

Result<Answer> put_exchange(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto& name = call.arguments[1];
    if (auto good = check_name(call, name, (*host)->exchanges.find(name) != nullptr); !good)
        return good.error();
    Fields fields{call.body};
    const auto wanted = read_exchange(fields, call.arguments[0], name);
    if (fields.error()) return *fields.error();
    const auto is_new = make_exchange(call.services, wanted);
    if (!is_new) return is_new.error();
    return created_or_changed(*is_new);
}

Result<Answer> delete_exchange(const Call& call) {
    const auto host = own_host(call, call.arguments[0]);
    if (!host) return host.error();
    const auto& name = call.arguments[1];
    if ((*host)->exchanges.find(name) == nullptr && !is_default(name)) return not_found();
    if (auto good = check_name(call, name, false); !good) return good.error();
    const auto deleted =
        change(call.services, topology::DeleteExchange{call.arguments[0], name, call.is_set("if-unused")});
    if (!deleted) return deleted.error();
    if (deleted->is_in_use)
        return bad_request(fmt::format("exchange '{}' in vhost '{}' in use", name, call.arguments[0]));
    return no_content();
}

}  // namespace weir::management
