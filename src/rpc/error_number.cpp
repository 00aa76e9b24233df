// The numbers; docs/formats/rpc.md lists them.
#include "rpc/error_number.hpp"

#include <algorithm>
#include <iterator>

namespace weir::rpc {

namespace {

constexpr std::pair<Errc, std::uint16_t> numbers[] = {
    {Errc::not_found, 1},
    {Errc::already_exists, 2},
    {Errc::invalid_argument, 3},
    {Errc::invalid_name, 4},
    {Errc::invalid_partitions, 5},
    {Errc::invalid_replication, 6},
    {Errc::invalid_assignment, 7},
    {Errc::invalid_config, 8},
    {Errc::limit_exceeded, 9},
    {Errc::unsupported, 10},
    {Errc::not_authorized, 11},
    {Errc::disabled, 12},
    {Errc::corrupt, 13},
    {Errc::invalid_record, 14},
    {Errc::invalid_timestamp, 15},
    {Errc::record_too_large, 16},
    {Errc::batch_too_large, 17},
    {Errc::unsupported_compression, 18},
    {Errc::offset_out_of_range, 19},
    {Errc::out_of_order_sequence, 20},
    {Errc::stale_producer_epoch, 21},
    {Errc::unknown_producer, 22},
    {Errc::not_leader, 23},
    {Errc::fenced_leader_epoch, 24},
    {Errc::unknown_leader_epoch, 25},
    {Errc::unknown_topic_id, 26},
    {Errc::outcome_unknown, 27},
    {Errc::busy, 28},
    {Errc::unavailable, 29},
    {Errc::no_space, 30},
    {Errc::too_many_open_files, 31},
    {Errc::io_error, 32},
    {Errc::timed_out, 33},
    {Errc::shutting_down, 34},
    {Errc::group_not_found, 35},
    {Errc::group_not_empty, 36},
    {Errc::group_full, 37},
    {Errc::group_subscribed, 38},
    {Errc::invalid_group, 39},
    {Errc::unknown_member, 40},
    {Errc::member_id_required, 41},
    {Errc::fenced_instance, 42},
    {Errc::illegal_generation, 43},
    {Errc::inconsistent_protocol, 44},
    {Errc::rebalance_in_progress, 45},
    {Errc::invalid_session_timeout, 46},
    {Errc::offset_metadata_too_large, 47},
    {Errc::coordinator_loading, 48},
    {Errc::coordinator_not_available, 49},
    {Errc::internal, 50},
    {Errc::stale_partition_epoch, 51},
    {Errc::stale_broker_epoch, 52},
    {Errc::ineligible_replica, 53},
    {Errc::no_eligible_leader, 54},
    {Errc::preferred_not_available, 55},
    {Errc::election_not_needed, 56},
    {Errc::no_reassignment, 57},
    {Errc::not_coordinator, 58},
    {Errc::not_enough_replicas, 59},
};
static_assert(std::size(numbers) == static_cast<std::size_t>(Errc::internal) + 1,
              "a new code needs its number");

}  // namespace

std::uint16_t error_number(Errc code) {
    const auto* at = std::ranges::find(numbers, code, &std::pair<Errc, std::uint16_t>::first);
    return at == std::end(numbers) ? 0 : at->second;
}

Errc error_code(std::uint16_t number) {
    const auto* at = std::ranges::find(numbers, number, &std::pair<Errc, std::uint16_t>::second);
    return at == std::end(numbers) ? Errc::internal : at->first;
}

Bytes encode_error_text(const Error& error) {
    const auto text = as_bytes(error.message);
    const auto size = std::min(text.size(), max_error_text_bytes);
    return {text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size)};
}

Error decode_error(std::uint16_t number, ByteView text) {
    return {error_code(number),
            std::string{as_text(text.first(std::min(text.size(), max_error_text_bytes)))}};
}

}  // namespace weir::rpc
