// What the commands do to users and permissions.
#include "metadata/topology/topology.hpp"

namespace weir::topology {

Error misfit(std::string text) {
    return {Errc::corrupt, "the metadata log contradicts itself: " + std::move(text)};
}

namespace {

void replace_all(std::string& in, std::string_view what, const std::string& by) {
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + by.size()))
        in.replace(at, what.size(), by);
}

}  // namespace

std::string permission_pattern(std::string_view text) {
    return std::string{text.empty() ? "^$" : text};
}

std::string topic_permission_pattern(std::string_view text, std::string_view user, std::string_view host) {
    auto out = permission_pattern(text);
    replace_all(out, "{username}", quoted_pattern(user));
    replace_all(out, "{vhost}", quoted_pattern(host));
    return out;
}

Result<void> Topology::on(const UserChanged& command, Changes& changes) {
    if (command.user.name.empty()) return misfit("a user has no name");
    users_.put(std::make_shared<const User>(command.user));
    changes.accounts = true;
    return {};
}

Result<void> Topology::on(const UserDeleted& command, Changes& changes) {
    if (users_.find(command.user) == nullptr) return misfit("there is no user to delete: " + command.user);
    users_.erase(command.user);
    std::vector<PermissionsPtr> permissions;
    permissions_.for_each_from({command.user, {}}, [&](const PermissionsPtr& at) {
        if (at->user == command.user) permissions.push_back(at);
        return at->user == command.user;
    });
    for (const auto& at : permissions) permissions_.erase(ByUserAndHost::key(*at));
    std::vector<TopicPermissionsPtr> of_topics;
    topic_permissions_.for_each_from({command.user, {}, {}}, [&](const TopicPermissionsPtr& at) {
        if (at->user == command.user) of_topics.push_back(at);
        return at->user == command.user;
    });
    for (const auto& at : of_topics) topic_permissions_.erase(ByUserHostAndExchange::key(*at));
    changes.accounts = true;
    return {};
}

void Topology::clear_permissions_in(std::string_view host) {
    std::vector<PermissionsPtr> permissions;
    permissions_.for_each([&](const PermissionsPtr& at) {
        if (at->host == host) permissions.push_back(at);
    });
    for (const auto& at : permissions) permissions_.erase(ByUserAndHost::key(*at));
    std::vector<TopicPermissionsPtr> of_topics;
    topic_permissions_.for_each([&](const TopicPermissionsPtr& at) {
        if (at->host == host) of_topics.push_back(at);
    });
    for (const auto& at : of_topics) topic_permissions_.erase(ByUserHostAndExchange::key(*at));
}

Result<void> Topology::on(const PermissionsSet& command, Changes& changes) {
    auto permissions = command.permissions;
    if (users_.find(permissions.user) == nullptr || hosts_.find(permissions.host) == nullptr)
        return misfit("permissions are set of a user or in a virtual host that is not there");
    permissions.configure_pattern = Pattern::lenient(permission_pattern(permissions.configure));
    permissions.write_pattern = Pattern::lenient(permission_pattern(permissions.write));
    permissions.read_pattern = Pattern::lenient(permission_pattern(permissions.read));
    permissions_.put(std::make_shared<const Permissions>(std::move(permissions)));
    changes.accounts = true;
    return {};
}

Result<void> Topology::on(const PermissionsCleared& command, Changes& changes) {
    if (permissions_.find({command.user, command.host}) == nullptr)
        return misfit("there are no permissions to clear");
    permissions_.erase({command.user, command.host});
    changes.accounts = true;
    return {};
}

Result<void> Topology::on(const TopicPermissionsSet& command, Changes& changes) {
    auto permissions = command.permissions;
    if (users_.find(permissions.user) == nullptr || hosts_.find(permissions.host) == nullptr)
        return misfit("permissions are set of a user or in a virtual host that is not there");
    const auto compiled = [&](std::string_view text) {
        return Pattern::lenient(topic_permission_pattern(text, permissions.user, permissions.host));
    };
    permissions.write_pattern = compiled(permissions.write);
    permissions.read_pattern = compiled(permissions.read);
    topic_permissions_.put(std::make_shared<const TopicPermissions>(std::move(permissions)));
    changes.accounts = true;
    return {};
}

Result<void> Topology::on(const TopicPermissionsCleared& command, Changes& changes) {
    if (topic_permissions_.find({command.user, command.host, command.exchange}) == nullptr)
        return misfit("there are no topic permissions to clear");
    topic_permissions_.erase({command.user, command.host, command.exchange});
    changes.accounts = true;
    return {};
}

}  // namespace weir::topology
