// Batches between their append and what acknowledges them: this node's commit, or all in-sync replicas.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "broker/commit_hub.hpp"
#include "broker/publish.hpp"
#include "broker/topic_table.hpp"

namespace weir::broker {

// A batch that was appended to a partition that this node leads.
struct AppendedBatch {
    AppendedBatch(const Published& published, std::shared_ptr<Partition> at, const log::BatchView& batch)
        : place(std::move(at)),
          log(published.log),
          base_offset(published.appended.base_offset),
          next_offset(base_offset + batch.last_offset_delta() + 1),
          commits(TicketRange::of(published.appended)) {}

    std::shared_ptr<Partition> place;  // as it was appended to
    std::shared_ptr<log::PartitionLog> log;
    Offset base_offset, next_offset;
    TicketRange commits;
};

struct WaitSeams {
    TopicTable& topics;
    CommitHub& commits;
    runtime::Reactor& reactor;  // on which it is called, in the turn of the appends, and answers
};

// One for each batch, in their order.
using BatchOutcomes = std::vector<Result<void>>;
using BatchesDone = std::function<void(const BatchOutcomes&)>;

// `done` comes once this node has committed the batches (one at least). Errors: what the commit says.
void await_commit(const WaitSeams& seams, std::vector<AppendedBatch> batches, BatchesDone done);

// `done` comes once all in-sync replicas have the batches, as with a producer's acks=all. Errors: what the
// commit says; not_leader (another node leads by now, or in a later epoch: the batch may be lost); timed_out
// (the replicas do not have it yet).
void await_replicas(const WaitSeams& seams, std::vector<AppendedBatch> batches, std::int64_t timeout_ms,
                    BatchesDone done);

}  // namespace weir::broker
