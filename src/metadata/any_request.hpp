// Any of the changes that a node takes from clients and operators, wherever the metadata are led.
#pragma once

#include <variant>

#include "metadata/cluster_requests.hpp"
#include "metadata/topology_requests.hpp"

namespace weir::metadata {

using AnyRequest =
    std::variant<CreateTopic, DeleteTopic, AddPartitions, AlterTopicSettings, AlterBrokerSettings,
                 ElectLeaders, ReassignPartitions, DrainNode, RemoveNode, topology::PutVirtualHost,
                 topology::DeleteVirtualHost, topology::DeclareExchange, topology::DeleteExchange,
                 topology::DeclareQueue, topology::DeleteQueue, topology::DropTransients, topology::Bind,
                 topology::Unbind, topology::SetPolicy, topology::ClearPolicy, topology::PutUser,
                 topology::DeleteUser, topology::SetPermissions, topology::ClearPermissions,
                 topology::SetTopicPermissions, topology::ClearTopicPermissions, topology::SetParameter,
                 topology::ClearParameter>;

// The replies to the topology's requests, behind these in a variant of replies.
template <class... Others>
using RepliesAnd =
    std::variant<Others..., topology::PutVirtualHost::Reply, topology::DeleteVirtualHost::Reply,
                 topology::DeclareExchange::Reply, topology::DeleteExchange::Reply,
                 topology::DeclareQueue::Reply, topology::DeleteQueue::Reply, topology::DropTransients::Reply,
                 topology::Bind::Reply, topology::Unbind::Reply, topology::SetPolicy::Reply,
                 topology::ClearPolicy::Reply, topology::PutUser::Reply, topology::DeleteUser::Reply,
                 topology::SetPermissions::Reply, topology::ClearPermissions::Reply,
                 topology::SetTopicPermissions::Reply, topology::ClearTopicPermissions::Reply,
                 topology::SetParameter::Reply, topology::ClearParameter::Reply>;
using AnyReply = RepliesAnd<TopicPtr, AlterBrokerSettings::Reply, ElectLeaders::Reply,
                            ReassignPartitions::Reply, DrainNode::Reply, RemoveNode::Reply>;

}  // namespace weir::metadata
