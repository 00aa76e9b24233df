// Batches on their way: appended at the turn's end, committed, replicated, answered.
#include "broker/topic_writer.hpp"

#include "broker/publish.hpp"

namespace weir::broker {

namespace {

constexpr std::size_t batch_bytes = std::size_t{1} << 20;
constexpr std::int64_t replication_timeout_ms = 30'000;

}  // namespace

class TopicWriter::Batch final : public Watch, public std::enable_shared_from_this<Batch> {
  public:
    Batch(Broker& broker, runtime::Reactor& reactor, std::shared_ptr<const Topic> topic,
          std::shared_ptr<Partition> place)
        : broker_(broker), reactor_(reactor), topic_(std::move(topic)), place_(std::move(place)) {}

    bool has_room(std::size_t bytes) const {
        const auto most = static_cast<std::size_t>(topic_->settings().max_message_bytes);
        return builder_.record_count() == 0 || builder_.size() + bytes < std::min(batch_bytes, most);
    }

    void add(const message::Record& record, Done done) {
        message::add(builder_, record);
        waiting_.push_back(std::move(done));
    }

    void append() {
        const auto bytes = std::make_shared<Bytes>(builder_.finish());
        std::vector<message::RecordFault> faults;
        const auto published =
            publish(*topic_, *place_, {bytes, *bytes}, true, broker_.clock().wall_ms(), faults);
        if (!published) return answer(published.error());
        log_ = place_->log();
        base_ = published->appended.base_offset;
        commits_ = TicketRange::of(published->appended);
        broker_.commits().await(reactor_, commits_, [self = shared_from_this()](const Failures& failures) {
            self->on_committed(failures);
        });
    }

    void on_advance() override {
        const auto now = replication_of(broker_.topics(), *place_, *log_,
                                        base_ + static_cast<std::int64_t>(waiting_.size()));
        if (now == Replication::done) finish({});
        if (now == Replication::led_elsewhere)
            finish(Error{Errc::not_leader, "another node leads the partition by now"});
    }

  private:
    void on_committed(const Failures& failures) {
        if (const auto* error = failures.find(*log_, base_, commits_)) return answer(*error);
        if (!log_->is_limited()) return answer({});
        self_ = shared_from_this();
        broker_.commits().watch(reactor_, *this, {log_});
        timer_ = reactor_.run_after(replication_timeout_ms, [this] {
            finish(Error{Errc::timed_out, "not all in-sync replicas have it yet"});
        });
        on_advance();
    }

    void finish(const Result<void>& result) {
        const auto self = std::move(self_);
        if (!self) return;
        broker_.commits().unwatch(reactor_, *this);
        timer_.reset();
        answer(result);
    }

    void answer(const Result<void>& result) {
        for (const auto& done : std::exchange(waiting_, {})) done(result);
    }

    Broker& broker_;
    runtime::Reactor& reactor_;
    const std::shared_ptr<const Topic> topic_;
    const std::shared_ptr<Partition> place_;
    message::BatchBuilder builder_;
    std::vector<Done> waiting_;  // one for each record
    std::shared_ptr<log::PartitionLog> log_;
    Offset base_;
    TicketRange commits_;
    std::unique_ptr<runtime::Timer> timer_;
    std::shared_ptr<Batch> self_;  // while it waits for other replicas
};

TopicWriter::TopicWriter(Broker& broker, runtime::Reactor& reactor)
    : broker_(broker), reactor_(reactor), self_(std::make_shared<TopicWriter*>(this)) {}

TopicWriter::~TopicWriter() {
    flush();
    *self_ = nullptr;
}

std::shared_ptr<Partition> TopicWriter::partition_for(const Topic& topic, const message::Record& record,
                                                      std::size_t turn) {
    const auto count = topic.partitions.size();
    if (record.key)
        return topic.partitions[static_cast<std::size_t>(
            message::partition_of(*record.key, static_cast<std::int32_t>(count)))];
    for (std::size_t i = 0; i < count; ++i) {
        const auto& partition = topic.partitions[(turn + i) % count];
        if (partition->is_led()) return partition;
    }
    return topic.partitions[turn % count];
}

void TopicWriter::add(const std::shared_ptr<const Topic>& topic, const message::Record& record, Done done) {
    const auto partition = partition_for(*topic, record, turn_);
    auto& batch = batches_[{topic->id(), partition->id}];
    if (batch && !batch->has_room(record.content_bytes())) std::exchange(batch, nullptr)->append();
    if (!batch) batch = std::make_shared<Batch>(broker_, reactor_, topic, partition);
    batch->add(record, std::move(done));
    if (std::exchange(flush_queued_, true)) return;
    reactor_.at_end_of_turn([self = self_] {
        if (*self != nullptr) (*self)->flush();
    });
}

void TopicWriter::flush() {
    flush_queued_ = false;
    ++turn_;
    for (const auto& [place, batch] : std::exchange(batches_, {})) batch->append();
}

}  // namespace weir::broker
