// The names of the neutral error codes.
#include "base/error.hpp"

#include <algorithm>
#include <iterator>

namespace weir {

namespace {

#define WEIR_NAME(x) {Errc::x, #x}
constexpr std::pair<Errc, std::string_view> names[] = {
    WEIR_NAME(not_found),
    WEIR_NAME(already_exists),
    WEIR_NAME(invalid_argument),
    WEIR_NAME(invalid_name),
    WEIR_NAME(invalid_partitions),
    WEIR_NAME(invalid_replication),
    WEIR_NAME(invalid_assignment),
    WEIR_NAME(invalid_config),
    WEIR_NAME(limit_exceeded),
    WEIR_NAME(unsupported),
    WEIR_NAME(not_authorized),
    WEIR_NAME(disabled),
    WEIR_NAME(corrupt),
    WEIR_NAME(invalid_record),
    WEIR_NAME(invalid_timestamp),
    WEIR_NAME(record_too_large),
    WEIR_NAME(batch_too_large),
    WEIR_NAME(unsupported_compression),
    WEIR_NAME(offset_out_of_range),
    WEIR_NAME(out_of_order_sequence),
    WEIR_NAME(stale_producer_epoch),
    WEIR_NAME(unknown_producer),
    WEIR_NAME(not_enough_replicas),
    WEIR_NAME(not_leader),
    WEIR_NAME(fenced_leader_epoch),
    WEIR_NAME(unknown_leader_epoch),
    WEIR_NAME(unknown_topic_id),
    WEIR_NAME(stale_partition_epoch),
    WEIR_NAME(stale_broker_epoch),
    WEIR_NAME(ineligible_replica),
    WEIR_NAME(no_eligible_leader),
    WEIR_NAME(preferred_not_available),
    WEIR_NAME(election_not_needed),
    WEIR_NAME(no_reassignment),
    WEIR_NAME(outcome_unknown),
    WEIR_NAME(busy),
    WEIR_NAME(unavailable),
    WEIR_NAME(no_space),
    WEIR_NAME(too_many_open_files),
    WEIR_NAME(io_error),
    WEIR_NAME(timed_out),
    WEIR_NAME(shutting_down),
    WEIR_NAME(group_not_found),
    WEIR_NAME(group_not_empty),
    WEIR_NAME(group_full),
    WEIR_NAME(group_subscribed),
    WEIR_NAME(invalid_group),
    WEIR_NAME(unknown_member),
    WEIR_NAME(member_id_required),
    WEIR_NAME(fenced_instance),
    WEIR_NAME(illegal_generation),
    WEIR_NAME(inconsistent_protocol),
    WEIR_NAME(rebalance_in_progress),
    WEIR_NAME(invalid_session_timeout),
    WEIR_NAME(offset_metadata_too_large),
    WEIR_NAME(coordinator_loading),
    WEIR_NAME(coordinator_not_available),
    WEIR_NAME(not_coordinator),
    WEIR_NAME(internal),
};
#undef WEIR_NAME
static_assert(std::size(names) == static_cast<std::size_t>(Errc::internal) + 1, "a new code needs its name");

}  // namespace

std::string_view name(Errc code) {
    const auto* at = std::ranges::find(names, code, &std::pair<Errc, std::string_view>::first);
    return at != std::end(names) ? at->second : "unknown";
}

}  // namespace weir
