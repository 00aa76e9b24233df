// The one neutral list of expected failures. Each door maps it to its protocol's codes in one table.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace weir {

enum class Errc {
    // Names and arguments
    not_found,  // no such topic, partition or entity
    already_exists,
    invalid_argument,
    invalid_name,
    invalid_partitions,
    invalid_replication,
    invalid_assignment,  // explicit replicas that don't fit the nodes or the partitions
    invalid_config,
    limit_exceeded,
    unsupported,
    not_authorized,
    disabled,  // switched off by a setting
    // Records
    corrupt,  // a checksum or a structure does not hold
    invalid_record,
    invalid_timestamp,
    record_too_large,
    batch_too_large,
    unsupported_compression,
    offset_out_of_range,
    // Idempotent producers
    out_of_order_sequence,
    stale_producer_epoch,
    unknown_producer,
    // Leadership
    not_enough_replicas,  // fewer are in sync than the topic asks for
    not_leader,
    fenced_leader_epoch,
    unknown_leader_epoch,
    unknown_topic_id,
    stale_partition_epoch,    // the partition has changed since: read it again
    stale_broker_epoch,       // of a node that has started again since, or is fenced
    ineligible_replica,       // a proposed member of the in-sync set that may not be in it
    no_eligible_leader,       // no replica may lead
    preferred_not_available,  // the preferred leader is not in sync or not there
    election_not_needed,      // the right leader leads already
    no_reassignment,          // no reassignment is under way
    outcome_unknown,          // a command may or may not take effect yet: read the state again
    busy,                     // too much under way: try again
    unavailable,              // the other node can't be reached: it has not been asked
    // Storage and time
    no_space,
    too_many_open_files,
    io_error,
    timed_out,
    shutting_down,
    // Consumer groups
    group_not_found,
    group_not_empty,
    group_full,
    group_subscribed,
    invalid_group,
    unknown_member,
    member_id_required,
    fenced_instance,
    illegal_generation,
    inconsistent_protocol,
    rebalance_in_progress,
    invalid_session_timeout,
    offset_metadata_too_large,
    coordinator_loading,
    coordinator_not_available,
    not_coordinator,  // another node looks after it
    internal,
};

// The list's own word for a code, for log lines: "not_found".
std::string_view name(Errc code);

// An expected failure: what kind, and a sentence that says what to do about it.
struct Error {
    Errc code = Errc::internal;
    std::string message;

    Error() = default;
    Error(Errc c) : code(c), message(name(c)) {}  // NOLINT: an Errc is an Error
    Error(Errc c, std::string text) : code(c), message(std::move(text)) {}
    bool operator==(const Error& other) const { return code == other.code; }
};

}  // namespace weir
