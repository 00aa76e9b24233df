// Decisions about users and permissions.
#include "metadata/topology/format.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::topology {

namespace {

constexpr std::size_t max_cleared_at_once = 1000;  // their commands fit into one entry of the log

Result<void> check_user(const User& user) {
    if (user.name.empty() || user.name.size() > max_name_bytes) {
        return Error{Errc::invalid_name, fmt::format("a user's name has from 1 to {} bytes", max_name_bytes)};
    }
    if (user.credentials.size() > max_credentials || user.tags.size() > max_tags)
        return Error{Errc::invalid_argument, "the user has too many credentials or tags"};
    for (const auto& tag : user.tags)
        if (tag.size() > max_name_bytes) return Error{Errc::invalid_argument, "a tag is too long"};
    for (const auto& one : user.credentials) {
        if (one.key.empty() || one.key.size() > max_hash_bytes || one.server_key.size() > max_hash_bytes ||
            one.salt.size() > max_salt_bytes || one.iterations > max_iterations)
            return Error{Errc::invalid_argument, "a credential of the user is not one"};
    }
    return check_table(user.settings);
}

Result<void> check_place(const Topology& topology, std::string_view user, std::string_view host) {
    if (topology.user(user) == nullptr) {
        return Error{Errc::not_found, fmt::format("there is no user '{}'", user.substr(0, max_name_bytes))};
    }
    if (topology.host(host) == nullptr) {
        return Error{Errc::not_found,
                     fmt::format("there is no virtual host '{}'", host.substr(0, max_name_bytes))};
    }
    return {};
}

Result<void> check_room(std::size_t count, std::size_t most) {
    if (count < most) return {};
    return Error{Errc::limit_exceeded, fmt::format("there can be no more than {} of these", most)};
}

// A pattern must be storable as it is, and compile as it is matched.
Result<void> check_pattern(std::string_view stored, std::string_view matched) {
    if (stored.size() > max_pattern_bytes) {
        return Error{Errc::invalid_argument,
                     fmt::format("a pattern has at most {} characters", max_pattern_bytes)};
    }
    if (auto compiled = Pattern::compile(matched); !compiled) return compiled.error();
    return {};
}

}  // namespace

Decided<PutUser> decide(const Topology& topology, const PutUser& request) {
    if (auto good = check_user(request.user); !good) return good.error();
    const auto* there = topology.user(request.user.name);
    if (there != nullptr && *there == request.user) return Decision<PutUser::Reply>{};
    if (there == nullptr) {
        if (auto room = check_room(topology.users().size(), max_users); !room) return room.error();
    }
    return Decision<PutUser::Reply>{{UserChanged{request.user}}, {there == nullptr}};
}

Decided<DeleteUser> decide(const Topology& topology, const DeleteUser& request) {
    if (topology.user(request.user) == nullptr) {
        return Error{Errc::not_found,
                     fmt::format("there is no user '{}'", request.user.substr(0, max_name_bytes))};
    }
    return Decision<DeleteUser::Reply>{{UserDeleted{request.user}}, {}};
}

Decided<SetPermissions> decide(const Topology& topology, const SetPermissions& request) {
    const auto& asked = request.permissions;
    if (auto good = check_place(topology, asked.user, asked.host); !good) return good.error();
    for (const auto* text : {&asked.configure, &asked.write, &asked.read})
        if (auto good = check_pattern(*text, permission_pattern(*text)); !good) return good.error();
    const auto& there = topology.permissions(asked.user, asked.host);
    if (there != nullptr && *there == asked) return Decision<SetPermissions::Reply>{};
    if (there == nullptr) {
        if (auto room = check_room(topology.all_permissions().size(), max_permissions); !room)
            return room.error();
    }
    return Decision<SetPermissions::Reply>{{PermissionsSet{asked}}, {}};
}

Decided<ClearPermissions> decide(const Topology& topology, const ClearPermissions& request) {
    if (topology.permissions(request.user, request.host) == nullptr)
        return Decision<ClearPermissions::Reply>{};
    return Decision<ClearPermissions::Reply>{{PermissionsCleared{request.user, request.host}}, {true}};
}

Decided<SetTopicPermissions> decide(const Topology& topology, const SetTopicPermissions& request) {
    const auto& asked = request.permissions;
    if (auto good = check_place(topology, asked.user, asked.host); !good) return good.error();
    if (asked.exchange.size() > max_name_bytes)
        return Error{Errc::invalid_name, "the exchange's name is too long"};
    for (const auto* text : {&asked.write, &asked.read}) {
        const auto matched = topic_permission_pattern(*text, asked.user, asked.host);
        if (auto good = check_pattern(*text, matched); !good) return good.error();
    }
    const auto& there = topology.topic_permissions(asked.user, asked.host, asked.exchange);
    if (there != nullptr && *there == asked) return Decision<SetTopicPermissions::Reply>{};
    if (there == nullptr) {
        if (auto room = check_room(topology.all_topic_permissions().size(), max_permissions); !room)
            return room.error();
    }
    return Decision<SetTopicPermissions::Reply>{{TopicPermissionsSet{asked}}, {}};
}

Decided<ClearTopicPermissions> decide(const Topology& topology, const ClearTopicPermissions& request) {
    Decision<ClearTopicPermissions::Reply> out;
    const std::string_view first = request.exchange ? std::string_view{*request.exchange} : "";
    topology.all_topic_permissions().for_each_from(
        {request.user, request.host, first}, [&](const TopicPermissionsPtr& at) {
            if (at->user != request.user || at->host != request.host) return false;
            if (request.exchange && at->exchange != *request.exchange) return false;
            out.reply.has_more = out.commands.size() == max_cleared_at_once;
            if (out.reply.has_more) return false;
            out.commands.emplace_back(TopicPermissionsCleared{at->user, at->host, at->exchange});
            return true;
        });
    out.reply.was_there = !out.commands.empty();
    return out;
}

}  // namespace weir::topology
