// Making what a file defines: sections in the order in which they need one another, the things of one section
// side by side, so that they share the commits of the metadata log.
#include <thread>

#include "base/log_line.hpp"
#include "broker/access/password.hpp"
#include "protocols/management/changes.hpp"
#include "protocols/management/definitions.hpp"
#include "protocols/management/streams.hpp"

namespace weir::management {

namespace {

constexpr std::size_t import_threads = 8;
constexpr std::size_t max_logged = 100;

// Whether it says something about what was asked for, and not about the broker.
bool is_about_the_thing(const Error& error) {
    switch (error.code) {
        case Errc::not_found:
        case Errc::invalid_argument:
        case Errc::invalid_name:
        case Errc::limit_exceeded:
        case Errc::unsupported:
        case Errc::already_exists: return true;
        default: return false;
    }
}

// Logged, too.
Json listed_things(const std::vector<Unmapped>& things, std::string_view what) {
    auto list = Json::array();
    for (const auto& at : things) {
        if (list.size() < max_logged)
            log_warning("the definitions' {} '{}' of '{}' {}: {}", at.kind, at.name, at.host, what,
                        at.reason);
        list.push_back(Json{{"kind", at.kind}, {"vhost", at.host}, {"name", at.name}, {"reason", at.reason}});
    }
    return list;
}

class Import {
  public:
    Import(std::vector<Unmapped> unmapped, std::vector<Unmapped> idle)
        : unmapped_(std::move(unmapped)), idle_(std::move(idle)) {}

    // `make` makes one; `describe` says which it was, if it can't be.
    template <class Thing, class Make, class Describe>
    void each(const char* section, const std::vector<Thing>& things, Make make, Describe describe) {
        std::atomic<std::size_t> next{0}, made{0};
        const auto work = [&] {
            for (auto at = next++; at < things.size() && !has_failed(); at = next++) {
                const auto outcome = make(things[at]);
                if (outcome)
                    ++made;
                else
                    note(describe(things[at]), outcome.error());
            }
        };
        std::vector<std::jthread> helpers;
        for (std::size_t i = 1; i < std::min(import_threads, things.size()); ++i) helpers.emplace_back(work);
        work();
        helpers.clear();
        counts_[section] = counts_.value(section, std::size_t{0}) + made.load();
    }

    Result<ImportReport> outcome() {
        if (failure_) return *failure_;
        return ImportReport{std::move(counts_), listed_things(unmapped_, "was not imported"),
                            listed_things(idle_, "is there, but")};
    }

  private:
    bool has_failed() {
        const std::lock_guard lock(mutex_);
        return failure_.has_value();
    }
    void note(Unmapped what, const Error& error) {
        const std::lock_guard lock(mutex_);
        if (!is_about_the_thing(error)) {
            failure_ = error;
            return;
        }
        what.reason = error.message;
        unmapped_.push_back(std::move(what));
    }

    std::mutex mutex_;  // guards what follows while helpers run
    std::vector<Unmapped> unmapped_;
    const std::vector<Unmapped> idle_;
    std::optional<Error> failure_;
    Json counts_ = Json::object();
};

Result<bool> make_named_user(Services& services, const Definitions::NamedUser& wanted) {
    auto user = wanted.user;
    if (!wanted.password.empty()) {
        auto credentials = access::make_credentials(wanted.password, services.random);
        if (!credentials) return credentials.error();
        user.credentials = std::move(*credentials);
    }
    return make_user(services, std::move(user), false);
}

Result<bool> make_limits(Services& services, const Definitions::Limits& limits) {
    const auto catalogue = services.queues().catalogue();
    const auto* host = catalogue->topology().host(limits.host);
    if (host == nullptr) return Error{Errc::not_found, "there is no such virtual host"};
    return make_host(services, {.name = limits.host, .settings = limits.settings});
}

void import_accounts(Import& import, Services& services, const Definitions& definitions) {
    import.each(
        "vhosts", definitions.hosts, [&](const auto& at) { return make_host(services, at); },
        [](const auto& at) { return Unmapped{"vhost", at.name, at.name}; });
    import.each(
        "users", definitions.users, [&](const auto& at) { return make_named_user(services, at); },
        [](const auto& at) { return Unmapped{"user", "", at.user.name}; });
    import.each(
        "permissions", definitions.permissions,
        [&](const auto& at) { return make_permissions(services, at); },
        [](const auto& at) { return Unmapped{"permission", at.host, at.user}; });
    import.each(
        "topic_permissions", definitions.topic_permissions,
        [&](const auto& at) { return make_topic_permissions(services, at); },
        [](const auto& at) { return Unmapped{"topic permission", at.host, at.user}; });
    import.each(
        "global_parameters", definitions.global_parameters,
        [&](const auto& at) { return make_parameter(services, at); },
        [](const auto& at) { return Unmapped{"global parameter", "", at.name}; });
}

// Streams first: subscriptions are to them.
void import_queues(Import& import, Services& services, const std::vector<topology::Queue>& queues) {
    std::vector<topology::Queue> streams, others;
    for (const auto& queue : queues) (is_stream(queue) ? streams : others).push_back(queue);
    for (const auto* some : {&streams, &others}) {
        import.each(
            "queues", *some, [&](const auto& at) { return make_queue(services, at); },
            [](const auto& at) { return Unmapped{"queue", at.host, at.name}; });
    }
}

void import_topology(Import& import, Services& services, const Definitions& definitions) {
    import.each(
        "parameters", definitions.limits, [&](const auto& at) { return make_limits(services, at); },
        [](const auto& at) { return Unmapped{"limits", at.host, at.host}; });
    import.each(
        "parameters", definitions.parameters, [&](const auto& at) { return make_parameter(services, at); },
        [](const auto& at) { return Unmapped{"parameter", at.host, at.name}; });
    import.each(
        "policies", definitions.policies, [&](const auto& at) { return make_policy(services, at); },
        [](const auto& at) { return Unmapped{"policy", at.host, at.name}; });
    import_queues(import, services, definitions.queues);
    import.each(
        "exchanges", definitions.exchanges, [&](const auto& at) { return make_exchange(services, at); },
        [](const auto& at) { return Unmapped{"exchange", at.host, at.name}; });
    import.each(
        "bindings", definitions.bindings, [&](const auto& at) { return make_binding(services, at); },
        [](const auto& at) {
            return Unmapped{"binding", at.host, fmt::format("{} -> {}", at.source, at.destination)};
        });
}

}  // namespace

Result<ImportReport> import_definitions(Services& services, Definitions definitions) {
    Import import{std::move(definitions.unmapped), std::move(definitions.idle)};
    import_accounts(import, services, definitions);
    import_topology(import, services, definitions);
    return import.outcome();
}

}  // namespace weir::management
