// The answer waits for the commit, then for the high watermark.
#include "broker/replicated_append.hpp"

#include "broker/replication_wait.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t replication_timeout_ms = 30'000;

}  // namespace

void append_replicated(const AppendSeams& seams, const std::shared_ptr<const Topic>& topic,
                       const std::shared_ptr<Partition>& place, const log::SharedSpan& batch,
                       std::function<void(Result<void>)> done) {
    std::vector<message::RecordFault> faults;
    const auto published = publish(*topic, *place, batch, true, seams.clock.wall_ms(), faults);
    if (!published) return done(published.error());
    await_replicas({seams.topics, seams.commits, seams.reactor},
                   {{*published, place, log::BatchView{batch.bytes.data()}}}, replication_timeout_ms,
                   [done = std::move(done)](const BatchOutcomes& outcomes) { done(outcomes.front()); });
}

}  // namespace weir::broker
