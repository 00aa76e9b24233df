// Virtual hosts, users, exchanges, queues, bindings and policies as RabbitMQ's JSON has them: the fields that
// the API and definition files share, both ways.
#pragma once

#include "metadata/topology/requests.hpp"
#include "protocols/management/json.hpp"

namespace weir::management {

Json host_json(const topology::VirtualHost& host);
Json user_json(const topology::User& user);
Json permissions_json(const topology::Permissions& permissions);
Json topic_permissions_json(const topology::TopicPermissions& permissions);
Json exchange_json(const topology::Exchange& exchange);
Json queue_json(const topology::Queue& queue);
Json binding_json(const topology::Binding& binding);
Json policy_json(const topology::Policy& policy);

// What is read has the names that `fields` does not: the caller sets them. Mistakes are the fields' error().
topology::VirtualHost read_host(Fields& fields, std::string name);
topology::Permissions read_permissions(Fields& fields);
topology::TopicPermissions read_topic_permissions(Fields& fields);
topology::Exchange read_exchange(Fields& fields, std::string host, std::string name);
topology::Queue read_queue(Fields& fields, std::string host, std::string name);
topology::Binding read_binding(Fields& fields, std::string host);
topology::Policy read_policy(Fields& fields, std::string host, std::string name, bool is_operator);
// Tags, limits, and the password as a hash, if it is given so.
topology::User read_user(Fields& fields, std::string name);

// What a binding goes to, as clients in its virtual host call it.
std::string shown_destination(const topology::Binding& binding);
// Names a binding among those with the same source and destination: "~" for none of key and arguments.
std::string properties_key(const topology::Binding& binding);

}  // namespace weir::management
