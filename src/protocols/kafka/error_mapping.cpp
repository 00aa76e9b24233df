// The one switch from weir's errors to Kafka's: without a default, so that a new error must find its place
// here.
#include "protocols/kafka/error_mapping.hpp"

namespace weir::kafka {

ErrorCode error_code(Errc code) {
    switch (code) {
        case Errc::not_found:
            return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        case Errc::already_exists:
            return ErrorCode::TOPIC_ALREADY_EXISTS;
        case Errc::invalid_argument:
            return ErrorCode::INVALID_REQUEST;
        case Errc::invalid_name:
            return ErrorCode::INVALID_TOPIC_EXCEPTION;
        case Errc::invalid_partitions:
            return ErrorCode::INVALID_PARTITIONS;
        case Errc::invalid_replication:
            return ErrorCode::INVALID_REPLICATION_FACTOR;
        case Errc::invalid_config:
            return ErrorCode::INVALID_CONFIG;
        case Errc::limit_exceeded:
            return ErrorCode::POLICY_VIOLATION;
        case Errc::unsupported:
            return ErrorCode::UNSUPPORTED_VERSION;
        case Errc::not_authorized:
            return ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
        case Errc::corrupt:
            return ErrorCode::CORRUPT_MESSAGE;
        case Errc::invalid_record:
            return ErrorCode::INVALID_RECORD;
        case Errc::invalid_timestamp:
            return ErrorCode::INVALID_TIMESTAMP;
        case Errc::record_too_large:
            return ErrorCode::MESSAGE_TOO_LARGE;
        case Errc::batch_too_large:
            return ErrorCode::RECORD_LIST_TOO_LARGE;
        case Errc::unsupported_compression:
            return ErrorCode::UNSUPPORTED_COMPRESSION_TYPE;
        case Errc::offset_out_of_range:
            return ErrorCode::OFFSET_OUT_OF_RANGE;
        case Errc::out_of_order_sequence:
            return ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER;
        case Errc::stale_producer_epoch:
            return ErrorCode::INVALID_PRODUCER_EPOCH;
        case Errc::unknown_producer:
            return ErrorCode::UNKNOWN_PRODUCER_ID;
        case Errc::not_leader:
            return ErrorCode::NOT_LEADER_OR_FOLLOWER;
        case Errc::fenced_leader_epoch:
            return ErrorCode::FENCED_LEADER_EPOCH;
        case Errc::unknown_leader_epoch:
            return ErrorCode::UNKNOWN_LEADER_EPOCH;
        case Errc::unknown_topic_id:
            return ErrorCode::UNKNOWN_TOPIC_ID;
        // A full disk is over when there is room again: clients try again after this one.
        case Errc::no_space:
        case Errc::too_many_open_files:
        case Errc::io_error:
            return ErrorCode::KAFKA_STORAGE_ERROR;
        case Errc::timed_out:
            return ErrorCode::REQUEST_TIMED_OUT;
        case Errc::shutting_down:
            return ErrorCode::NOT_LEADER_OR_FOLLOWER;
        case Errc::group_not_found:
            return ErrorCode::GROUP_ID_NOT_FOUND;
        case Errc::group_not_empty:
            return ErrorCode::NON_EMPTY_GROUP;
        case Errc::group_full:
            return ErrorCode::GROUP_MAX_SIZE_REACHED;
        case Errc::group_subscribed:
            return ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC;
        case Errc::invalid_group:
            return ErrorCode::INVALID_GROUP_ID;
        case Errc::unknown_member:
            return ErrorCode::UNKNOWN_MEMBER_ID;
        case Errc::member_id_required:
            return ErrorCode::MEMBER_ID_REQUIRED;
        case Errc::fenced_instance:
            return ErrorCode::FENCED_INSTANCE_ID;
        case Errc::illegal_generation:
            return ErrorCode::ILLEGAL_GENERATION;
        case Errc::inconsistent_protocol:
            return ErrorCode::INCONSISTENT_GROUP_PROTOCOL;
        case Errc::rebalance_in_progress:
            return ErrorCode::REBALANCE_IN_PROGRESS;
        case Errc::invalid_session_timeout:
            return ErrorCode::INVALID_SESSION_TIMEOUT;
        case Errc::offset_metadata_too_large:
            return ErrorCode::OFFSET_METADATA_TOO_LARGE;
        case Errc::coordinator_loading:
            return ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
        case Errc::coordinator_not_available:
            return ErrorCode::COORDINATOR_NOT_AVAILABLE;
        case Errc::internal:
            return ErrorCode::UNKNOWN_SERVER_ERROR;
    }
    return ErrorCode::UNKNOWN_SERVER_ERROR;
}

}  // namespace weir::kafka
