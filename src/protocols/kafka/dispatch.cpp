// The table of the APIs that weir answers: what ApiVersions tells clients is exactly what is in it.
#include "protocols/kafka/dispatch.hpp"

#include "base/log_line.hpp"
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

namespace {

struct Route {
    const Api* api;
    void (*handle)(const std::shared_ptr<Exchange>& exchange);
};

template <class CallType, void (*handler)(CallType)>
void decode_and_handle(const std::shared_ptr<Exchange>& exchange) {
    auto request = decode_request<typename CallType::Request>(exchange->header(), exchange->body());
    if (!request) return exchange->close_connection(request.error().message);
    handler(CallType{exchange, std::move(*request)});
}

template <class CallType, void (*handler)(CallType)>
constexpr Route route() {
    return {&CallType::Request::api, &decode_and_handle<CallType, handler>};
}

constexpr Route routes[] = {
    route<ProduceCall, handle_produce>(),
    route<FetchCall, handle_fetch>(),
    route<ListOffsetsCall, handle_list_offsets>(),
    route<MetadataCall, handle_metadata>(),
    route<FindCoordinatorCall, handle_find_coordinator>(),
    route<ApiVersionsCall, handle_api_versions>(),
    route<InitProducerIdCall, handle_init_producer_id>(),
    route<JoinGroupCall, handle_join_group>(),
    route<SyncGroupCall, handle_sync_group>(),
    route<HeartbeatCall, handle_heartbeat>(),
    route<LeaveGroupCall, handle_leave_group>(),
    route<OffsetCommitCall, handle_offset_commit>(),
    route<OffsetFetchCall, handle_offset_fetch>(),
    route<OffsetDeleteCall, handle_offset_delete>(),
    route<DescribeGroupsCall, handle_describe_groups>(),
    route<ListGroupsCall, handle_list_groups>(),
    route<DeleteGroupsCall, handle_delete_groups>(),
    route<CreateTopicsCall, handle_create_topics>(),
    route<DeleteTopicsCall, handle_delete_topics>(),
    route<CreatePartitionsCall, handle_create_partitions>(),
    route<DeleteRecordsCall, handle_delete_records>(),
    route<DescribeConfigsCall, handle_describe_configs>(),
    route<AlterConfigsCall, handle_alter_configs>(),
    route<IncrementalAlterConfigsCall, handle_incremental_alter_configs>(),
    route<OffsetForLeaderEpochCall, handle_offset_for_leader_epoch>(),
    route<AlterPartitionReassignmentsCall, handle_alter_partition_reassignments>(),
    route<AlterReplicaLogDirsCall, handle_alter_replica_log_dirs>(),
    route<DescribeLogDirsCall, handle_describe_log_dirs>(),
    route<DescribeQuorumCall, handle_describe_quorum>(),
    route<ElectLeadersCall, handle_elect_leaders>(),
    route<ListPartitionReassignmentsCall, handle_list_partition_reassignments>(),
    route<UnregisterBrokerCall, handle_unregister_broker>(),
    route<DescribeClusterCall, handle_describe_cluster>(),
    route<DescribeProducersCall, handle_describe_producers>(),
    route<DescribeTopicPartitionsCall, handle_describe_topic_partitions>(),
    route<ListConfigResourcesCall, handle_list_config_resources>(),
    route<SaslHandshakeCall, handle_sasl_handshake>(),
};

const Route* find_route(std::int16_t key) {
    for (const auto& each : routes) {
        if (each.api->key == key) return &each;
    }
    return nullptr;
}

}  // namespace

std::vector<const Api*> served_apis() {
    std::vector<const Api*> out;
    for (const auto& each : routes) out.push_back(each.api);
    return out;
}

void dispatch(const std::shared_ptr<Exchange>& exchange) {
    const auto& header = exchange->header();
    const auto* found = find_route(header.api_key);
    if (found == nullptr) {
        return exchange->close_connection(fmt::format("the API with key {} is not served", header.api_key));
    }
    if (!found->api->versions.has(header.api_version)) {
        if (found->api->key == api_versions_api.key) return refuse_api_versions(exchange);
        return exchange->close_connection(
            fmt::format("version {} of {} is not served", header.api_version, found->api->name));
    }
    found->handle(exchange);
}

bool may_overlap(ByteView frame) {
    return frame.size() >= sizeof(std::int16_t) && load_big<std::int16_t>(frame.data()) == produce_api.key;
}

}  // namespace weir::kafka
