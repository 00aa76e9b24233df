// The answer waits for the commit, then for the high watermark.
#include "broker/replicated_append.hpp"

#include "broker/publish.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t replication_timeout_ms = 30'000;

class Append final : public Watch, public std::enable_shared_from_this<Append> {
  public:
    Append(const AppendSeams& seams, std::shared_ptr<Partition> place, const Published& published,
           Offset next, std::function<void(Result<void>)> done)
        : seams_(seams),
          place_(std::move(place)),
          log_(place_->log()),
          base_(published.appended.base_offset),
          next_(next),
          commits_(TicketRange::of(published.appended)),
          done_(std::move(done)) {}

    void await_commit() {
        seams_.commits.await(seams_.reactor, commits_, [self = shared_from_this()](const Failures& failures) {
            self->on_committed(failures);
        });
    }

    void on_advance() override {
        const auto now = replication_of(seams_.topics, *place_, *log_, next_);
        if (now == Replication::done) finish({});
        if (now == Replication::led_elsewhere)
            finish(Error{Errc::not_leader, "another node leads the partition by now"});
    }

  private:
    void on_committed(const Failures& failures) {
        if (const auto* error = failures.find(*log_, base_, commits_)) return done_(*error);
        if (!log_->is_limited()) return done_({});
        self_ = shared_from_this();
        seams_.commits.watch(seams_.reactor, *this, {log_});
        timer_ = seams_.reactor.run_after(replication_timeout_ms, [this] {
            finish(Error{Errc::timed_out, "not all in-sync replicas have it yet"});
        });
        on_advance();
    }

    void finish(const Result<void>& result) {
        const auto self = std::move(self_);
        if (!self) return;
        seams_.commits.unwatch(seams_.reactor, *this);
        timer_.reset();
        done_(result);
    }

    const AppendSeams seams_;
    const std::shared_ptr<Partition> place_;
    const std::shared_ptr<log::PartitionLog> log_;
    const Offset base_, next_;
    const TicketRange commits_;
    const std::function<void(Result<void>)> done_;
    std::unique_ptr<runtime::Timer> timer_;
    std::shared_ptr<Append> self_;  // while it waits for other replicas
};

}  // namespace

void append_replicated(const AppendSeams& seams, const std::shared_ptr<const Topic>& topic,
                       const std::shared_ptr<Partition>& place, const log::SharedSpan& batch,
                       std::function<void(Result<void>)> done) {
    std::vector<message::RecordFault> faults;
    const auto published = publish(*topic, *place, batch, true, seams.clock.wall_ms(), faults);
    if (!published) return done(published.error());
    const auto count = log::BatchView{batch.bytes.data()}.record_count();
    std::make_shared<Append>(seams, place, *published,
                             published->appended.base_offset + static_cast<std::int64_t>(count),
                             std::move(done))
        ->await_commit();
}

}  // namespace weir::broker
