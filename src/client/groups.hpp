// Consumer groups: who is in them, what they have committed, and changing that.
#pragma once

#include <string>
#include <vector>

#include "client/offsets.hpp"

namespace weir::client {

struct GroupListing {
    std::string name;
    std::string state;  // "Stable", "Empty", ...
};

struct GroupMember {
    std::string id;
    std::string instance_id;  // of a static member
    std::string client_id;
    std::string host;
    std::vector<TopicPartition> assignment;
};

struct GroupDescription {
    std::string name;
    std::string state;     // "Dead" if there is no such group
    std::string assignor;  // "range", "cooperative-sticky"
    std::string coordinator;
    std::vector<GroupMember> members;
};

// Errors of all below: those of the broker, as it words them.
Result<std::vector<GroupListing>> list_groups(const Connection& connection);
Result<GroupDescription> describe_group(const Connection& connection, const std::string& group);
// What the group has committed for these partitions; those without are left out.
Result<Offsets> committed_offsets(const Connection& connection, const std::string& group,
                                  const std::vector<TopicPartition>& partitions);
// Errors: group_not_empty while it has members.
Result<void> change_committed_offsets(const Connection& connection, const std::string& group,
                                      const Offsets& offsets);
Result<void> delete_group(const Connection& connection, const std::string& group);

}  // namespace weir::client
