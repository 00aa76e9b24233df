// How often users, and those who guess, have logged in to this node, by the door that they came to.
#include "protocols/management/handlers.hpp"
#include "protocols/management/listing.hpp"

namespace weir::management {

namespace {

using Counts = std::pair<const char*, access::LoginCounts*>;

// Errors: not_found: only this node's are known here.
Result<std::vector<Counts>> counts_of(const Call& call) {
    if (call.arguments[0] != node_name(call.services.broker.node())) return not_found();
    std::vector<Counts> out{{"http", call.services.logins.get()}};
    if (auto* door = call.services.door; door != nullptr) out.emplace_back("amqp091", &door->logins());
    return out;
}

Json attempts_json(const Counts& counts) {
    const auto good = counts.second->good(), bad = counts.second->bad();
    return {{"protocol", counts.first},
            {"auth_attempts", good + bad},
            {"auth_attempts_succeeded", good},
            {"auth_attempts_failed", bad}};
}

}  // namespace

// By a name and a password; there is no other way in.
Result<Answer> get_login_ways(const Call& call) {
    return shown(call, {{"oauth_enabled", false},
                        {"oauth_client_id", ""},
                        {"oauth_provider_url", ""},
                        {"enable_uaa", false},  // these three are RabbitMQ's up to 3.10
                        {"uaa_client_id", ""},
                        {"uaa_location", ""}});
}

Result<Answer> get_login_attempts(const Call& call) {
    const auto all = counts_of(call);
    if (!all) return all.error();
    std::vector<Json> items;
    for (const auto& counts : *all) items.push_back(attempts_json(counts));
    return listed(call, std::move(items));
}

// As with RabbitMQ unless it is told to: they are not counted by who tried.
Result<Answer> get_login_attempts_by_source(const Call& call) {
    const auto all = counts_of(call);
    if (!all) return all.error();
    return listed(call, {});
}

Result<Answer> clear_login_attempts(const Call& call) {
    const auto all = counts_of(call);
    if (!all) return all.error();
    for (const auto& counts : *all) counts.second->clear();
    return no_content();
}

}  // namespace weir::management
