// Queues as the API shows them: as declared, with what is in them and the policies that apply.
#pragma once

#include "metadata/topology/effective_policy.hpp"
#include "protocols/management/call.hpp"
#include "protocols/management/queue_counts.hpp"

namespace weir::management {

struct QueuesAt {
    const topology::HostState* host;
    std::vector<topology::QueuePtr> queues;
};
std::vector<QueuesAt> visible_queues(const std::vector<const topology::HostState*>& hosts);
QueueCounts count_queues(const Call& call, const std::vector<QueuesAt>& queues);

Json queue_details(const Call& call, const topology::HostState& host, const topology::Queue& queue,
                   const QueueCounts& counts);

// Of several queues together, and of streams' records: messages, messages_ready, messages_unacknowledged.
Json message_totals(const QueueCounts& counts, std::int64_t records);
// The same of what has passed through them, with rates, as this user has asked for them.
Json message_stats(const Call& call, const QueueCounts& counts);
// The policies' names and what they define together, if any apply.
void add_policy(Json& json, const topology::EffectivePolicy& policy);

}  // namespace weir::management
