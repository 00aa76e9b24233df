// Any of the changes that a node takes from clients and operators, wherever the metadata are led.
#pragma once

#include <variant>

#include "metadata/cluster_requests.hpp"

namespace weir::metadata {

using AnyRequest = std::variant<CreateTopic, DeleteTopic, AddPartitions, AlterTopicSettings,
                                AlterBrokerSettings, ElectLeaders, ReassignPartitions, DrainNode, RemoveNode>;
using AnyReply = std::variant<TopicPtr, AlterBrokerSettings::Reply, ElectLeaders::Reply,
                              ReassignPartitions::Reply, DrainNode::Reply, RemoveNode::Reply>;

}  // namespace weir::metadata
