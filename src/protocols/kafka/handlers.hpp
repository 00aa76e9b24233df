// The handlers of the Kafka door: one function per API, which answers its call now or later.
#pragma once

#include "protocols/kafka/call.hpp"
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

using ApiVersionsCall = Call<ApiVersionsRequest, ApiVersionsResponse>;
using MetadataCall = Call<MetadataRequest, MetadataResponse>;
using ProduceCall = Call<ProduceRequest, ProduceResponse>;
using FetchCall = Call<FetchRequest, FetchResponse>;
using ListOffsetsCall = Call<ListOffsetsRequest, ListOffsetsResponse>;
using FindCoordinatorCall = Call<FindCoordinatorRequest, FindCoordinatorResponse>;
using InitProducerIdCall = Call<InitProducerIdRequest, InitProducerIdResponse>;
using CreateTopicsCall = Call<CreateTopicsRequest, CreateTopicsResponse>;
using DeleteTopicsCall = Call<DeleteTopicsRequest, DeleteTopicsResponse>;
using CreatePartitionsCall = Call<CreatePartitionsRequest, CreatePartitionsResponse>;
using DeleteRecordsCall = Call<DeleteRecordsRequest, DeleteRecordsResponse>;
using DescribeConfigsCall = Call<DescribeConfigsRequest, DescribeConfigsResponse>;
using AlterConfigsCall = Call<AlterConfigsRequest, AlterConfigsResponse>;
using IncrementalAlterConfigsCall = Call<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>;
using OffsetForLeaderEpochCall = Call<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>;
using DescribeClusterCall = Call<DescribeClusterRequest, DescribeClusterResponse>;
using SaslHandshakeCall = Call<SaslHandshakeRequest, SaslHandshakeResponse>;
using JoinGroupCall = Call<JoinGroupRequest, JoinGroupResponse>;
using SyncGroupCall = Call<SyncGroupRequest, SyncGroupResponse>;
using HeartbeatCall = Call<HeartbeatRequest, HeartbeatResponse>;
using LeaveGroupCall = Call<LeaveGroupRequest, LeaveGroupResponse>;
using OffsetCommitCall = Call<OffsetCommitRequest, OffsetCommitResponse>;
using OffsetFetchCall = Call<OffsetFetchRequest, OffsetFetchResponse>;
using OffsetDeleteCall = Call<OffsetDeleteRequest, OffsetDeleteResponse>;
using DescribeGroupsCall = Call<DescribeGroupsRequest, DescribeGroupsResponse>;
using ListGroupsCall = Call<ListGroupsRequest, ListGroupsResponse>;
using AlterPartitionReassignmentsCall =
    Call<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>;
using DescribeLogDirsCall = Call<DescribeLogDirsRequest, DescribeLogDirsResponse>;
using DescribeQuorumCall = Call<DescribeQuorumRequest, DescribeQuorumResponse>;
using ElectLeadersCall = Call<ElectLeadersRequest, ElectLeadersResponse>;
using ListPartitionReassignmentsCall =
    Call<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>;
using UnregisterBrokerCall = Call<UnregisterBrokerRequest, UnregisterBrokerResponse>;
using DeleteGroupsCall = Call<DeleteGroupsRequest, DeleteGroupsResponse>;
using AlterReplicaLogDirsCall = Call<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>;
using DescribeProducersCall = Call<DescribeProducersRequest, DescribeProducersResponse>;
using DescribeTopicPartitionsCall = Call<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>;
using ListConfigResourcesCall = Call<ListConfigResourcesRequest, ListConfigResourcesResponse>;

void handle_api_versions(ApiVersionsCall call);
// Answers a version of ApiVersions that weir does not serve, in version 0, which every client reads
// (KIP-511).
void refuse_api_versions(const std::shared_ptr<Exchange>& exchange);
void handle_metadata(MetadataCall call);
void handle_produce(ProduceCall call);
void handle_fetch(FetchCall call);
void handle_list_offsets(ListOffsetsCall call);
void handle_find_coordinator(FindCoordinatorCall call);
void handle_init_producer_id(InitProducerIdCall call);
void handle_create_topics(CreateTopicsCall call);
void handle_delete_topics(DeleteTopicsCall call);
void handle_create_partitions(CreatePartitionsCall call);
void handle_delete_records(DeleteRecordsCall call);
void handle_describe_configs(DescribeConfigsCall call);
void handle_alter_configs(AlterConfigsCall call);
void handle_incremental_alter_configs(IncrementalAlterConfigsCall call);
void handle_offset_for_leader_epoch(OffsetForLeaderEpochCall call);
void handle_describe_cluster(DescribeClusterCall call);
void handle_sasl_handshake(SaslHandshakeCall call);
void handle_join_group(JoinGroupCall call);
void handle_sync_group(SyncGroupCall call);
void handle_heartbeat(HeartbeatCall call);
void handle_leave_group(LeaveGroupCall call);
void handle_offset_commit(OffsetCommitCall call);
void handle_offset_fetch(OffsetFetchCall call);
void handle_offset_delete(OffsetDeleteCall call);
void handle_describe_groups(DescribeGroupsCall call);
void handle_list_groups(ListGroupsCall call);
void handle_alter_partition_reassignments(AlterPartitionReassignmentsCall call);
void handle_describe_log_dirs(DescribeLogDirsCall call);
void handle_describe_quorum(DescribeQuorumCall call);
void handle_elect_leaders(ElectLeadersCall call);
void handle_list_partition_reassignments(ListPartitionReassignmentsCall call);
void handle_unregister_broker(UnregisterBrokerCall call);
void handle_delete_groups(DeleteGroupsCall call);
void handle_alter_replica_log_dirs(AlterReplicaLogDirsCall call);
void handle_describe_producers(DescribeProducersCall call);
void handle_describe_topic_partitions(DescribeTopicPartitionsCall call);
void handle_list_config_resources(ListConfigResourcesCall call);

}  // namespace weir::kafka
