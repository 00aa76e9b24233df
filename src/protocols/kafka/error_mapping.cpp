// The one table from weir's errors to Kafka's: each has its place, so that a new error must find its own
// here.
#include "protocols/kafka/error_mapping.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::kafka {

namespace {

constexpr std::pair<Errc, ErrorCode> table[] = {
    {Errc::not_found, ErrorCode::unknown_topic_or_partition},
    {Errc::already_exists, ErrorCode::topic_already_exists},
    {Errc::invalid_argument, ErrorCode::invalid_request},
    {Errc::invalid_name, ErrorCode::invalid_topic_exception},
    {Errc::invalid_partitions, ErrorCode::invalid_partitions},
    {Errc::invalid_replication, ErrorCode::invalid_replication_factor},
    {Errc::invalid_assignment, ErrorCode::invalid_replica_assignment},
    {Errc::invalid_config, ErrorCode::invalid_config},
    {Errc::limit_exceeded, ErrorCode::policy_violation},
    {Errc::unsupported, ErrorCode::unsupported_version},
    {Errc::not_authorized, ErrorCode::cluster_authorization_failed},
    {Errc::disabled, ErrorCode::topic_deletion_disabled},
    {Errc::corrupt, ErrorCode::corrupt_message},
    {Errc::invalid_record, ErrorCode::invalid_record},
    {Errc::invalid_timestamp, ErrorCode::invalid_timestamp},
    {Errc::record_too_large, ErrorCode::message_too_large},
    {Errc::batch_too_large, ErrorCode::record_list_too_large},
    {Errc::unsupported_compression, ErrorCode::unsupported_compression_type},
    {Errc::offset_out_of_range, ErrorCode::offset_out_of_range},
    {Errc::out_of_order_sequence, ErrorCode::out_of_order_sequence_number},
    {Errc::stale_producer_epoch, ErrorCode::invalid_producer_epoch},
    {Errc::unknown_producer, ErrorCode::unknown_producer_id},
    {Errc::not_enough_replicas, ErrorCode::not_enough_replicas},
    {Errc::not_leader, ErrorCode::not_leader_or_follower},
    {Errc::fenced_leader_epoch, ErrorCode::fenced_leader_epoch},
    {Errc::unknown_leader_epoch, ErrorCode::unknown_leader_epoch},
    {Errc::unknown_topic_id, ErrorCode::unknown_topic_id},
    {Errc::stale_partition_epoch, ErrorCode::invalid_update_version},
    {Errc::stale_broker_epoch, ErrorCode::stale_broker_epoch},
    {Errc::ineligible_replica, ErrorCode::ineligible_replica},
    {Errc::no_eligible_leader, ErrorCode::eligible_leaders_not_available},
    {Errc::preferred_not_available, ErrorCode::preferred_leader_not_available},
    {Errc::election_not_needed, ErrorCode::election_not_needed},
    {Errc::no_reassignment, ErrorCode::no_reassignment_in_progress},
    {Errc::outcome_unknown, ErrorCode::request_timed_out},
    {Errc::busy, ErrorCode::coordinator_not_available},
    {Errc::unavailable, ErrorCode::coordinator_not_available},
    // A full disk is over when there is room again: clients try again after this one.
    {Errc::no_space, ErrorCode::kafka_storage_error},
    {Errc::too_many_open_files, ErrorCode::kafka_storage_error},
    {Errc::io_error, ErrorCode::kafka_storage_error},
    {Errc::timed_out, ErrorCode::request_timed_out},
    {Errc::shutting_down, ErrorCode::not_leader_or_follower},
    {Errc::group_not_found, ErrorCode::group_id_not_found},
    {Errc::group_not_empty, ErrorCode::non_empty_group},
    {Errc::group_full, ErrorCode::group_max_size_reached},
    {Errc::group_subscribed, ErrorCode::group_subscribed_to_topic},
    {Errc::invalid_group, ErrorCode::invalid_group_id},
    {Errc::unknown_member, ErrorCode::unknown_member_id},
    {Errc::member_id_required, ErrorCode::member_id_required},
    {Errc::fenced_instance, ErrorCode::fenced_instance_id},
    {Errc::illegal_generation, ErrorCode::illegal_generation},
    {Errc::inconsistent_protocol, ErrorCode::inconsistent_group_protocol},
    {Errc::rebalance_in_progress, ErrorCode::rebalance_in_progress},
    {Errc::invalid_session_timeout, ErrorCode::invalid_session_timeout},
    {Errc::offset_metadata_too_large, ErrorCode::offset_metadata_too_large},
    {Errc::coordinator_loading, ErrorCode::coordinator_load_in_progress},
    {Errc::coordinator_not_available, ErrorCode::coordinator_not_available},
    {Errc::not_coordinator, ErrorCode::not_coordinator},
    {Errc::internal, ErrorCode::unknown_server_error},
};
static_assert(std::size(table) == static_cast<std::size_t>(Errc::internal) + 1,
              "a new error needs its place");

}  // namespace

ErrorCode error_code(Errc code) {
    const auto* at = std::ranges::find(table, code, &std::pair<Errc, ErrorCode>::first);
    return at != std::end(table) ? at->second : ErrorCode::unknown_server_error;
}

}  // namespace weir::kafka
