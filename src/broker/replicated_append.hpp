// One batch on its way into a partition that this node leads: appended, committed, replicated, answered.
#pragma once

#include <functional>
#include <memory>

#include "broker/commit_hub.hpp"
#include "broker/topic_table.hpp"

namespace weir::broker {

struct AppendSeams {
    TopicTable& topics;
    CommitHub& commits;
    Clock& clock;
    runtime::Reactor& reactor;  // on which it is called and answers
};

// `done` comes once all in-sync replicas have the batch, as with a producer's acks=all. Errors: as of
// publish(); timed_out (the replicas do not have it yet); what the commit says; not_leader (another node
// leads by now: it may be lost).
void append_replicated(const AppendSeams& seams, const std::shared_ptr<const Topic>& topic,
                       const std::shared_ptr<Partition>& place, const log::SharedSpan& batch,
                       std::function<void(Result<void>)> done);

}  // namespace weir::broker
