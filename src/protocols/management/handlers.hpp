// Every handler of the API; which request goes to which is in routes.cpp.
#pragma once

#include "protocols/management/call.hpp"

namespace weir::management {

using Handler = Result<Answer> (*)(const Call&);

// overview_handlers.cpp
Result<Answer> get_overview(const Call& call);
Result<Answer> list_nodes(const Call& call);
Result<Answer> get_node(const Call& call);
Result<Answer> get_node_memory(const Call& call);
Result<Answer> get_relative_node_memory(const Call& call);
Result<Answer> reset_statistics(const Call& call);
Result<Answer> get_cluster_name(const Call& call);
Result<Answer> put_cluster_name(const Call& call);
Result<Answer> list_nothing(const Call& call);
Result<Answer> list_nothing_in_host(const Call& call);
Result<Answer> list_extensions(const Call& call);

// feature_handlers.cpp
Result<Answer> list_feature_flags(const Call& call);
Result<Answer> enable_feature_flag(const Call& call);

// health_handlers.cpp
Result<Answer> check_alarms(const Call& call);
Result<Answer> check_node(const Call& call);
Result<Answer> check_nothing(const Call& call);
Result<Answer> check_quorum(const Call& call);
Result<Answer> check_hosts(const Call& call);
Result<Answer> check_port(const Call& call);
Result<Answer> check_protocol(const Call& call);
Result<Answer> check_aliveness(const Call& call);

// door_handlers.cpp
Result<Answer> get_door(const Call& call);
Result<Answer> put_door(const Call& call);
Result<Answer> put_alarm(const Call& call);
Result<Answer> delete_alarm(const Call& call);
Result<Answer> put_door_limit(const Call& call);
// Without those of a door that is closed.
std::vector<ListenerFacts> open_listeners(const Call& call);

// host_handlers.cpp
Result<Answer> list_hosts(const Call& call);
Result<Answer> get_host(const Call& call);
Result<Answer> put_host(const Call& call);
Result<Answer> delete_host(const Call& call);
Result<Answer> start_host(const Call& call);
Result<Answer> list_host_limits(const Call& call);
Result<Answer> put_host_limit(const Call& call);
Result<Answer> delete_host_limit(const Call& call);

// login_handlers.cpp
Result<Answer> get_login_ways(const Call& call);
Result<Answer> get_login_attempts(const Call& call);
Result<Answer> get_login_attempts_by_source(const Call& call);
Result<Answer> clear_login_attempts(const Call& call);

// user_handlers.cpp
Result<Answer> whoami(const Call& call);
Result<Answer> hash_password(const Call& call);
Result<Answer> list_users(const Call& call);
Result<Answer> list_users_without_permissions(const Call& call);
Result<Answer> delete_users(const Call& call);
Result<Answer> get_user(const Call& call);
Result<Answer> put_user(const Call& call);
Result<Answer> delete_user(const Call& call);
Result<Answer> list_user_limits(const Call& call);
Result<Answer> put_user_limit(const Call& call);
Result<Answer> delete_user_limit(const Call& call);

// permission_handlers.cpp
Result<Answer> list_permissions(const Call& call);
Result<Answer> list_permissions_of_user(const Call& call);
Result<Answer> list_permissions_in_host(const Call& call);
Result<Answer> get_permissions(const Call& call);
Result<Answer> put_permissions(const Call& call);
Result<Answer> delete_permissions(const Call& call);
Result<Answer> list_topic_permissions(const Call& call);
Result<Answer> list_topic_permissions_of_user(const Call& call);
Result<Answer> list_topic_permissions_in_host(const Call& call);
Result<Answer> get_topic_permissions(const Call& call);
Result<Answer> put_topic_permissions(const Call& call);
Result<Answer> delete_topic_permissions(const Call& call);

// exchange_handlers.cpp
Result<Answer> list_exchanges(const Call& call);
Result<Answer> get_exchange(const Call& call);
Result<Answer> put_exchange(const Call& call);
Result<Answer> delete_exchange(const Call& call);

// queue_handlers.cpp
Result<Answer> list_queues(const Call& call);
Result<Answer> get_queue(const Call& call);
Result<Answer> put_queue(const Call& call);
Result<Answer> delete_queue(const Call& call);
Result<Answer> purge_queue(const Call& call);
Result<Answer> act_on_queue(const Call& call);
Result<Answer> rebalance_queues(const Call& call);

// publish_handlers.cpp
Result<Answer> publish_message(const Call& call);

// message_handlers.cpp
Result<Answer> get_messages(const Call& call);

// move_handlers.cpp
Result<Answer> move_messages(const Call& call);

// replay_handlers.cpp
Result<Answer> replay_messages(const Call& call);

// binding_handlers.cpp
Result<Answer> list_bindings(const Call& call);
Result<Answer> list_bindings_of_source(const Call& call);
Result<Answer> list_bindings_to_exchange(const Call& call);
Result<Answer> list_bindings_to_queue(const Call& call);
Result<Answer> list_bindings_between(const Call& call);
Result<Answer> post_binding(const Call& call);
Result<Answer> get_binding(const Call& call);
Result<Answer> delete_binding(const Call& call);

// policy_handlers.cpp
Result<Answer> list_policies(const Call& call);
Result<Answer> get_policy(const Call& call);
Result<Answer> put_policy(const Call& call);
Result<Answer> delete_policy(const Call& call);
Result<Answer> list_operator_policies(const Call& call);
Result<Answer> get_operator_policy(const Call& call);
Result<Answer> put_operator_policy(const Call& call);
Result<Answer> delete_operator_policy(const Call& call);

// parameter_handlers.cpp
Result<Answer> list_parameters(const Call& call);
Result<Answer> get_parameter(const Call& call);
Result<Answer> put_parameter(const Call& call);
Result<Answer> delete_parameter(const Call& call);
Result<Answer> list_global_parameters(const Call& call);
Result<Answer> get_global_parameter(const Call& call);
Result<Answer> put_global_parameter(const Call& call);
Result<Answer> delete_global_parameter(const Call& call);
Result<Answer> list_shovels(const Call& call);
Result<Answer> get_shovel(const Call& call);

// connection_handlers.cpp
Result<Answer> list_connections(const Call& call);
Result<Answer> list_connections_in_host(const Call& call);
Result<Answer> list_connections_of_user(const Call& call);
Result<Answer> get_connection(const Call& call);
Result<Answer> close_connection(const Call& call);
Result<Answer> close_connections_of_user(const Call& call);
Result<Answer> list_channels(const Call& call);
Result<Answer> list_channels_in_host(const Call& call);
Result<Answer> list_channels_of_connection(const Call& call);
Result<Answer> get_channel(const Call& call);
Result<Answer> list_consumers(const Call& call);

// definition_handlers.cpp
Result<Answer> get_definitions(const Call& call);
Result<Answer> post_definitions(const Call& call);

}  // namespace weir::management
