// The one list of all messages, in ascending order of their API keys. A new API is added here and has its own
// header.
#pragma once

#include "protocols/kafka/wire/alter_configs.hpp"
#include "protocols/kafka/wire/alter_partition_reassignments.hpp"
#include "protocols/kafka/wire/alter_replica_log_dirs.hpp"
#include "protocols/kafka/wire/api_versions.hpp"
#include "protocols/kafka/wire/create_partitions.hpp"
#include "protocols/kafka/wire/create_topics.hpp"
#include "protocols/kafka/wire/delete_groups.hpp"
#include "protocols/kafka/wire/delete_records.hpp"
#include "protocols/kafka/wire/delete_topics.hpp"
#include "protocols/kafka/wire/describe_cluster.hpp"
#include "protocols/kafka/wire/describe_configs.hpp"
#include "protocols/kafka/wire/describe_groups.hpp"
#include "protocols/kafka/wire/describe_log_dirs.hpp"
#include "protocols/kafka/wire/describe_producers.hpp"
#include "protocols/kafka/wire/describe_quorum.hpp"
#include "protocols/kafka/wire/describe_topic_partitions.hpp"
#include "protocols/kafka/wire/elect_leaders.hpp"
#include "protocols/kafka/wire/fetch.hpp"
#include "protocols/kafka/wire/find_coordinator.hpp"
#include "protocols/kafka/wire/heartbeat.hpp"
#include "protocols/kafka/wire/incremental_alter_configs.hpp"
#include "protocols/kafka/wire/init_producer_id.hpp"
#include "protocols/kafka/wire/join_group.hpp"
#include "protocols/kafka/wire/leave_group.hpp"
#include "protocols/kafka/wire/list_config_resources.hpp"
#include "protocols/kafka/wire/list_groups.hpp"
#include "protocols/kafka/wire/list_offsets.hpp"
#include "protocols/kafka/wire/list_partition_reassignments.hpp"
#include "protocols/kafka/wire/metadata.hpp"
#include "protocols/kafka/wire/offset_commit.hpp"
#include "protocols/kafka/wire/offset_delete.hpp"
#include "protocols/kafka/wire/offset_fetch.hpp"
#include "protocols/kafka/wire/offset_for_leader_epoch.hpp"
#include "protocols/kafka/wire/produce.hpp"
#include "protocols/kafka/wire/sasl_handshake.hpp"
#include "protocols/kafka/wire/sync_group.hpp"
#include "protocols/kafka/wire/unregister_broker.hpp"

namespace weir::kafka {

template <class M>
struct MessageType {
    using Message = M;
};

// Calls f(MessageType<Request>{}, MessageType<Response>{}) for every API.
template <class F>
constexpr void for_each_api(F&& f) {
    f(MessageType<ProduceRequest>{}, MessageType<ProduceResponse>{});
    f(MessageType<FetchRequest>{}, MessageType<FetchResponse>{});
    f(MessageType<ListOffsetsRequest>{}, MessageType<ListOffsetsResponse>{});
    f(MessageType<MetadataRequest>{}, MessageType<MetadataResponse>{});
    f(MessageType<OffsetCommitRequest>{}, MessageType<OffsetCommitResponse>{});
    f(MessageType<OffsetFetchRequest>{}, MessageType<OffsetFetchResponse>{});
    f(MessageType<FindCoordinatorRequest>{}, MessageType<FindCoordinatorResponse>{});
    f(MessageType<JoinGroupRequest>{}, MessageType<JoinGroupResponse>{});
    f(MessageType<HeartbeatRequest>{}, MessageType<HeartbeatResponse>{});
    f(MessageType<LeaveGroupRequest>{}, MessageType<LeaveGroupResponse>{});
    f(MessageType<SyncGroupRequest>{}, MessageType<SyncGroupResponse>{});
    f(MessageType<DescribeGroupsRequest>{}, MessageType<DescribeGroupsResponse>{});
    f(MessageType<ListGroupsRequest>{}, MessageType<ListGroupsResponse>{});
    f(MessageType<SaslHandshakeRequest>{}, MessageType<SaslHandshakeResponse>{});
    f(MessageType<ApiVersionsRequest>{}, MessageType<ApiVersionsResponse>{});
    f(MessageType<CreateTopicsRequest>{}, MessageType<CreateTopicsResponse>{});
    f(MessageType<DeleteTopicsRequest>{}, MessageType<DeleteTopicsResponse>{});
    f(MessageType<DeleteRecordsRequest>{}, MessageType<DeleteRecordsResponse>{});
    f(MessageType<InitProducerIdRequest>{}, MessageType<InitProducerIdResponse>{});
    f(MessageType<OffsetForLeaderEpochRequest>{}, MessageType<OffsetForLeaderEpochResponse>{});
    f(MessageType<DescribeConfigsRequest>{}, MessageType<DescribeConfigsResponse>{});
    f(MessageType<AlterConfigsRequest>{}, MessageType<AlterConfigsResponse>{});
    f(MessageType<AlterReplicaLogDirsRequest>{}, MessageType<AlterReplicaLogDirsResponse>{});
    f(MessageType<DescribeLogDirsRequest>{}, MessageType<DescribeLogDirsResponse>{});
    f(MessageType<CreatePartitionsRequest>{}, MessageType<CreatePartitionsResponse>{});
    f(MessageType<DeleteGroupsRequest>{}, MessageType<DeleteGroupsResponse>{});
    f(MessageType<ElectLeadersRequest>{}, MessageType<ElectLeadersResponse>{});
    f(MessageType<IncrementalAlterConfigsRequest>{}, MessageType<IncrementalAlterConfigsResponse>{});
    f(MessageType<AlterPartitionReassignmentsRequest>{}, MessageType<AlterPartitionReassignmentsResponse>{});
    f(MessageType<ListPartitionReassignmentsRequest>{}, MessageType<ListPartitionReassignmentsResponse>{});
    f(MessageType<OffsetDeleteRequest>{}, MessageType<OffsetDeleteResponse>{});
    f(MessageType<DescribeQuorumRequest>{}, MessageType<DescribeQuorumResponse>{});
    f(MessageType<DescribeClusterRequest>{}, MessageType<DescribeClusterResponse>{});
    f(MessageType<DescribeProducersRequest>{}, MessageType<DescribeProducersResponse>{});
    f(MessageType<UnregisterBrokerRequest>{}, MessageType<UnregisterBrokerResponse>{});
    f(MessageType<ListConfigResourcesRequest>{}, MessageType<ListConfigResourcesResponse>{});
    f(MessageType<DescribeTopicPartitionsRequest>{}, MessageType<DescribeTopicPartitionsResponse>{});
}

}  // namespace weir::kafka
