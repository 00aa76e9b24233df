// The commands that change the topology and the accounts, as structs; their bytes are in format.hpp.
#pragma once

#include <string>
#include <variant>

#include "metadata/topology/accounts.hpp"
#include "metadata/topology/entities.hpp"

namespace weir::topology {

// Created, or as it now is.
struct VirtualHostChanged {
    VirtualHost host;
    bool operator==(const VirtualHostChanged&) const = default;
};
// With all that is in it.
struct VirtualHostDeleted {
    std::string host;
    bool operator==(const VirtualHostDeleted&) const = default;
};
struct ExchangeDeclared {
    Exchange exchange;
    bool operator==(const ExchangeDeclared&) const = default;
};
// With its bindings; so go auto-delete exchanges that thereby lose their last one.
struct ExchangeDeleted {
    std::string host;
    std::string name;
    bool operator==(const ExchangeDeleted&) const = default;
};
struct QueueDeclared {
    Queue queue;
    bool operator==(const QueueDeclared&) const = default;
};
// With its bindings, as above.
struct QueueDeleted {
    std::string host;
    std::string name;
    bool operator==(const QueueDeleted&) const = default;
};
struct BindingAdded {
    Binding binding;
    bool operator==(const BindingAdded&) const = default;
};
// An auto-delete exchange that thereby loses its last outgoing binding goes, too.
struct BindingRemoved {
    Binding binding;
    bool operator==(const BindingRemoved&) const = default;
};
struct PolicySet {
    Policy policy;
    bool operator==(const PolicySet&) const = default;
};
struct PolicyCleared {
    std::string host;
    bool is_operator = false;
    std::string name;
    bool operator==(const PolicyCleared&) const = default;
};
// Created, or as it now is.
struct UserChanged {
    User user;
    bool operator==(const UserChanged&) const = default;
};
// With its permissions.
struct UserDeleted {
    std::string user;
    bool operator==(const UserDeleted&) const = default;
};
struct PermissionsSet {
    Permissions permissions;
    bool operator==(const PermissionsSet&) const = default;
};
struct PermissionsCleared {
    std::string user;
    std::string host;
    bool operator==(const PermissionsCleared&) const = default;
};
struct TopicPermissionsSet {
    TopicPermissions permissions;
    bool operator==(const TopicPermissionsSet&) const = default;
};
struct TopicPermissionsCleared {
    std::string user;
    std::string host;
    std::string exchange;
    bool operator==(const TopicPermissionsCleared&) const = default;
};

// Created, or as it now is.
struct ParameterSet {
    Parameter parameter;
    bool operator==(const ParameterSet&) const = default;
};
struct ParameterCleared {
    std::string component;
    std::string host;
    std::string name;
    bool operator==(const ParameterCleared&) const = default;
};

// In the order of their numbers on disk, from first_command_kind on.
using Command = std::variant<VirtualHostChanged, VirtualHostDeleted, ExchangeDeclared, ExchangeDeleted,
                             QueueDeclared, QueueDeleted, BindingAdded, BindingRemoved, PolicySet,
                             PolicyCleared, UserChanged, UserDeleted, PermissionsSet, PermissionsCleared,
                             TopicPermissionsSet, TopicPermissionsCleared, ParameterSet, ParameterCleared>;

// Whether a weir knows it that knows no parameters.
inline bool is_about_parameters(const Command& command) {
    return std::holds_alternative<ParameterSet>(command) || std::holds_alternative<ParameterCleared>(command);
}

}  // namespace weir::topology
