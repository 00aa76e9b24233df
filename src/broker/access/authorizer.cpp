// Matching names against permissions, each name once.
#include "broker/access/authorizer.hpp"

namespace weir::access {

namespace {

const topology::Pattern& pattern_for(Operation operation, const topology::Permissions& permissions) {
    switch (operation) {
        case Operation::configure: return permissions.configure_pattern;
        case Operation::write: return permissions.write_pattern;
        case Operation::read: break;
    }
    return permissions.read_pattern;
}

template <class Answers>
auto& answer_for(Operation operation, Answers& answers) {
    switch (operation) {
        case Operation::configure: return answers.configure;
        case Operation::write: return answers.write;
        case Operation::read: break;
    }
    return answers.read;
}

}  // namespace

Authorizer::Authorizer(std::string user, std::string host)
    : user_name_(std::move(user)), host_(std::move(host)) {}

void Authorizer::update(const topology::Topology& topology) {
    topology_ = topology;
    user_ = topology.user_shared(user_name_);
    const auto& permissions = topology.permissions(user_name_, host_);
    if (permissions == permissions_) return;
    permissions_ = permissions;
    answers_.clear();
}

bool Authorizer::may(Operation operation, std::string_view resource) {
    if (!may_enter()) return false;
    auto at = answers_.find(resource);
    if (at == answers_.end()) {
        if (answers_.size() >= max_cached_resources) answers_.clear();
        at = answers_.emplace(std::string{resource}, Answers{}).first;
    }
    auto& answer = answer_for(operation, at->second);
    if (!answer.is_known) answer = {true, pattern_for(operation, *permissions_).matches(resource)};
    return answer.is_yes;
}

bool Authorizer::may_use_key(Operation operation, std::string_view exchange, std::string_view key) const {
    if (!may_enter()) return false;
    const auto& permissions = topology_.topic_permissions(user_name_, host_, exchange);
    if (permissions == nullptr) return true;
    return (operation == Operation::write ? permissions->write_pattern : permissions->read_pattern)
        .matches(key);
}

}  // namespace weir::access
