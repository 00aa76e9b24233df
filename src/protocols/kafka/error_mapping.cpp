// The one switch from weir's errors to Kafka's: without a default, so that a new error must find its place
// here.
#include "protocols/kafka/error_mapping.hpp"

namespace weir::kafka {

ErrorCode error_code(Errc code) {
    switch (code) {
        case Errc::not_found: return ErrorCode::unknown_topic_or_partition;
        case Errc::already_exists: return ErrorCode::topic_already_exists;
        case Errc::invalid_argument: return ErrorCode::invalid_request;
        case Errc::invalid_name: return ErrorCode::invalid_topic_exception;
        case Errc::invalid_partitions: return ErrorCode::invalid_partitions;
        case Errc::invalid_replication: return ErrorCode::invalid_replication_factor;
        case Errc::invalid_assignment: return ErrorCode::invalid_replica_assignment;
        case Errc::invalid_config: return ErrorCode::invalid_config;
        case Errc::limit_exceeded: return ErrorCode::policy_violation;
        case Errc::unsupported: return ErrorCode::unsupported_version;
        case Errc::not_authorized: return ErrorCode::cluster_authorization_failed;
        case Errc::disabled: return ErrorCode::topic_deletion_disabled;
        case Errc::corrupt: return ErrorCode::corrupt_message;
        case Errc::invalid_record: return ErrorCode::invalid_record;
        case Errc::invalid_timestamp: return ErrorCode::invalid_timestamp;
        case Errc::record_too_large: return ErrorCode::message_too_large;
        case Errc::batch_too_large: return ErrorCode::record_list_too_large;
        case Errc::unsupported_compression: return ErrorCode::unsupported_compression_type;
        case Errc::offset_out_of_range: return ErrorCode::offset_out_of_range;
        case Errc::out_of_order_sequence: return ErrorCode::out_of_order_sequence_number;
        case Errc::stale_producer_epoch: return ErrorCode::invalid_producer_epoch;
        case Errc::unknown_producer: return ErrorCode::unknown_producer_id;
        case Errc::not_leader: return ErrorCode::not_leader_or_follower;
        case Errc::fenced_leader_epoch: return ErrorCode::fenced_leader_epoch;
        case Errc::unknown_leader_epoch: return ErrorCode::unknown_leader_epoch;
        case Errc::unknown_topic_id: return ErrorCode::unknown_topic_id;
        case Errc::outcome_unknown: return ErrorCode::request_timed_out;
        case Errc::busy:
        case Errc::unavailable: return ErrorCode::coordinator_not_available;
        // A full disk is over when there is room again: clients try again after this one.
        case Errc::no_space:
        case Errc::too_many_open_files:
        case Errc::io_error: return ErrorCode::kafka_storage_error;
        case Errc::timed_out: return ErrorCode::request_timed_out;
        case Errc::shutting_down: return ErrorCode::not_leader_or_follower;
        case Errc::group_not_found: return ErrorCode::group_id_not_found;
        case Errc::group_not_empty: return ErrorCode::non_empty_group;
        case Errc::group_full: return ErrorCode::group_max_size_reached;
        case Errc::group_subscribed: return ErrorCode::group_subscribed_to_topic;
        case Errc::invalid_group: return ErrorCode::invalid_group_id;
        case Errc::unknown_member: return ErrorCode::unknown_member_id;
        case Errc::member_id_required: return ErrorCode::member_id_required;
        case Errc::fenced_instance: return ErrorCode::fenced_instance_id;
        case Errc::illegal_generation: return ErrorCode::illegal_generation;
        case Errc::inconsistent_protocol: return ErrorCode::inconsistent_group_protocol;
        case Errc::rebalance_in_progress: return ErrorCode::rebalance_in_progress;
        case Errc::invalid_session_timeout: return ErrorCode::invalid_session_timeout;
        case Errc::offset_metadata_too_large: return ErrorCode::offset_metadata_too_large;
        case Errc::coordinator_loading: return ErrorCode::coordinator_load_in_progress;
        case Errc::coordinator_not_available: return ErrorCode::coordinator_not_available;
        case Errc::not_coordinator: return ErrorCode::not_coordinator;
        case Errc::internal: return ErrorCode::unknown_server_error;
    }
    return ErrorCode::unknown_server_error;
}

}  // namespace weir::kafka
