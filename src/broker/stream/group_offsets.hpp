// What groups commit: storing, reading, deleting and expiring offsets.
#pragma once

#include "broker/stream/group.hpp"
#include "broker/stream/group_step.hpp"

namespace weir::stream {

// Leaves the record to be written; the offsets change when it is applied.
void write_offset(const Group& group, const Step& step, const TopicPartition& where,
                  std::optional<CommittedOffset> committed);

void commit_offsets(Group& group, const Step& step, Token token, const CommitRequest& request);
// `group` may be null: no such group.
void fetch_offsets(const Group* group, const Step& step, Token token, const FetchOffsetsRequest& request);
void delete_offsets(const Group& group, const Step& step, Token token, const DeleteOffsetsRequest& request);

// Forgets what nobody has needed for the retention time (KIP-211): of a group without members, that long
// after the last one left; of a consumer group, what its members no longer subscribe to. True if nothing is
// left.
bool expire_offsets(const Group& group, const Step& step);

}  // namespace weir::stream
