// A log with other replicas is watched for its high watermark; that the batch's own commit has not failed is
// looked at then, so that the commit itself wakes nobody.
#include "broker/replication_wait.hpp"

namespace weir::broker {

namespace {

TicketRange commits_of(const std::vector<AppendedBatch>& batches) {
    auto all = batches.front().commits;
    for (const auto& batch : batches) all.include(batch.commits);
    return all;
}

Result<void> committed(const AppendedBatch& batch, const Failures& failures) {
    const auto* error =
        failures.empty() ? nullptr : failures.find(*batch.log, batch.base_offset, batch.commits);
    return error == nullptr ? Result<void>{} : Result<void>{*error};
}

BatchOutcomes committed(const std::vector<AppendedBatch>& batches, const Failures& failures) {
    BatchOutcomes outcomes;
    for (const auto& batch : batches) outcomes.push_back(committed(batch, failures));
    return outcomes;
}

class ReplicationWait final : public Watch, public std::enable_shared_from_this<ReplicationWait> {
  public:
    ReplicationWait(const WaitSeams& seams, std::vector<AppendedBatch> batches, BatchesDone done)
        : seams_(seams),
          batches_(std::move(batches)),
          commits_(commits_of(batches_)),
          done_(std::move(done)) {}

    // Without other replicas the commit alone decides; a log may get its first ones meanwhile.
    void await_commit(std::int64_t timeout_ms) {
        seams_.commits.await(seams_.reactor, commits_,
                             [self = shared_from_this(), timeout_ms](const Failures& failures) {
                                 if (self->has_replicas()) return self->start(timeout_ms);
                                 self->done_(committed(self->batches_, failures));
                             });
    }

    bool has_replicas() const {
        return std::ranges::any_of(batches_, [](const auto& batch) { return batch.log->is_limited(); });
    }

    void start(std::int64_t timeout_ms) {
        std::vector<std::shared_ptr<log::PartitionLog>> logs;
        for (const auto& batch : batches_) logs.push_back(batch.log);
        is_waiting_ = true;
        seams_.commits.watch(seams_.reactor, shared_from_this(), logs);
        timer_ = seams_.reactor.run_after(timeout_ms, [this] { finish(); });
        on_advance();
    }

    void on_advance() override {
        if (!are_all_decided()) return;
        if (seams_.commits.is_decided(commits_)) return finish();
        // Other replicas may have it before this node's commit is told.
        if (!std::exchange(is_awaiting_, true)) {
            seams_.commits.await(seams_.reactor, commits_,
                                 [self = shared_from_this()](const Failures&) { self->finish(); });
        }
    }

  private:
    // An append behind one that was rolled back has the same offsets: failures count first.
    bool are_all_decided() {
        const auto failures = seams_.commits.failures_of(commits_);
        return std::ranges::all_of(batches_, [&](const auto& batch) {
            return !committed(batch, failures) || replication(batch) != Replication::under_way;
        });
    }

    Replication replication(const AppendedBatch& batch) const {
        return replication_of(seams_.topics, *batch.place, *batch.log, batch.next_offset);
    }

    Result<void> outcome(const AppendedBatch& batch, const Failures& failures) const {
        if (auto own = committed(batch, failures); !own) return own;
        const auto now = replication(batch);
        if (now == Replication::led_elsewhere)
            return Error{Errc::not_leader, "another node leads the partition by now"};
        if (now == Replication::under_way || !seams_.commits.is_decided(commits_))
            return Error{Errc::timed_out, "not all in-sync replicas have it yet"};
        return {};
    }

    void finish() {
        if (!std::exchange(is_waiting_, false)) return;
        const auto self = shared_from_this();  // keeps this alive to the end of the call
        seams_.commits.unwatch(seams_.reactor, *this);
        timer_.reset();
        const auto failures = seams_.commits.failures_of(commits_);
        BatchOutcomes outcomes;
        for (const auto& batch : batches_) outcomes.push_back(outcome(batch, failures));
        done_(outcomes);
    }

    const WaitSeams seams_;
    const std::vector<AppendedBatch> batches_;
    const TicketRange commits_;
    const BatchesDone done_;
    std::unique_ptr<runtime::Timer> timer_;
    bool is_waiting_ = false;
    bool is_awaiting_ = false;  // its own commit
};

}  // namespace

void await_commit(const WaitSeams& seams, std::vector<AppendedBatch> batches, BatchesDone done) {
    const auto commits = commits_of(batches);
    seams.commits.await(seams.reactor, commits,
                        [batches = std::move(batches), done = std::move(done)](const Failures& failures) {
                            done(committed(batches, failures));
                        });
}

void await_replicas(const WaitSeams& seams, std::vector<AppendedBatch> batches, std::int64_t timeout_ms,
                    BatchesDone done) {
    const auto wait = std::make_shared<ReplicationWait>(seams, std::move(batches), std::move(done));
    wait->has_replicas() ? wait->start(timeout_ms) : wait->await_commit(timeout_ms);
}

}  // namespace weir::broker
