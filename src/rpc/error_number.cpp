// The numbers; docs/formats/rpc.md lists them.
#include "rpc/error_number.hpp"

namespace weir::rpc {

std::uint16_t error_number(Errc code) {
    switch (code) {
        case Errc::not_found: return 1;
        case Errc::already_exists: return 2;
        case Errc::invalid_argument: return 3;
        case Errc::invalid_name: return 4;
        case Errc::invalid_partitions: return 5;
        case Errc::invalid_replication: return 6;
        case Errc::invalid_assignment: return 7;
        case Errc::invalid_config: return 8;
        case Errc::limit_exceeded: return 9;
        case Errc::unsupported: return 10;
        case Errc::not_authorized: return 11;
        case Errc::disabled: return 12;
        case Errc::corrupt: return 13;
        case Errc::invalid_record: return 14;
        case Errc::invalid_timestamp: return 15;
        case Errc::record_too_large: return 16;
        case Errc::batch_too_large: return 17;
        case Errc::unsupported_compression: return 18;
        case Errc::offset_out_of_range: return 19;
        case Errc::out_of_order_sequence: return 20;
        case Errc::stale_producer_epoch: return 21;
        case Errc::unknown_producer: return 22;
        case Errc::not_leader: return 23;
        case Errc::fenced_leader_epoch: return 24;
        case Errc::unknown_leader_epoch: return 25;
        case Errc::unknown_topic_id: return 26;
        case Errc::outcome_unknown: return 27;
        case Errc::busy: return 28;
        case Errc::unavailable: return 29;
        case Errc::no_space: return 30;
        case Errc::too_many_open_files: return 31;
        case Errc::io_error: return 32;
        case Errc::timed_out: return 33;
        case Errc::shutting_down: return 34;
        case Errc::group_not_found: return 35;
        case Errc::group_not_empty: return 36;
        case Errc::group_full: return 37;
        case Errc::group_subscribed: return 38;
        case Errc::invalid_group: return 39;
        case Errc::unknown_member: return 40;
        case Errc::member_id_required: return 41;
        case Errc::fenced_instance: return 42;
        case Errc::illegal_generation: return 43;
        case Errc::inconsistent_protocol: return 44;
        case Errc::rebalance_in_progress: return 45;
        case Errc::invalid_session_timeout: return 46;
        case Errc::offset_metadata_too_large: return 47;
        case Errc::coordinator_loading: return 48;
        case Errc::coordinator_not_available: return 49;
        case Errc::internal: return 50;
        case Errc::stale_partition_epoch: return 51;
        case Errc::stale_broker_epoch: return 52;
        case Errc::ineligible_replica: return 53;
        case Errc::no_eligible_leader: return 54;
        case Errc::preferred_not_available: return 55;
        case Errc::election_not_needed: return 56;
        case Errc::no_reassignment: return 57;
        case Errc::not_coordinator: return 58;
        case Errc::not_enough_replicas: return 59;
    }
    return 0;
}

Errc error_code(std::uint16_t number) {
    static const auto codes = [] {
        std::unordered_map<std::uint16_t, Errc> made;
        for (int each = 0; each <= static_cast<int>(Errc::internal); ++each) {
            made.emplace(error_number(static_cast<Errc>(each)), static_cast<Errc>(each));
        }
        return made;
    }();
    const auto found = codes.find(number);
    return found == codes.end() ? Errc::internal : found->second;
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
