// Batches on their way: appended at the turn's end, committed, replicated, answered.
#include "broker/topic_writer.hpp"

#include "broker/replicated_append.hpp"
#include "broker/topic_access.hpp"

namespace weir::broker {

namespace {

constexpr std::size_t batch_bytes = std::size_t{1} << 20;

}  // namespace

class TopicWriter::Batch : public std::enable_shared_from_this<Batch> {
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
        if (!place_->is_led()) return append_elsewhere({bytes, *bytes});
        append_replicated({broker_.topics(), broker_.commits(), broker_.clock(), reactor_}, topic_, place_,
                          {bytes, *bytes},
                          [self = shared_from_this()](const Result<void>& result) { self->answer(result); });
    }

  private:
    void append_elsewhere(const log::SharedSpan& batch) {
        broker_.topic_access().append(topic_->id(), place_->id, batch,
                                      [self = shared_from_this()](const Result<void>& result) {
                                          self->reactor_.post([self, result] { self->answer(result); });
                                      });
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
    const auto next_of = [&](const auto& is_good) -> std::shared_ptr<Partition> {
        for (std::size_t i = 0; i < count; ++i) {
            const auto& partition = topic.partitions[(turn + i) % count];
            if (is_good(*partition)) return partition;
        }
        return nullptr;
    };
    if (auto led = next_of([](const Partition& one) { return one.is_led(); })) return led;
    const auto has_leader = [&](const Partition& one) {
        return topic.info->partition(one.id)->leader != metadata::no_node;
    };
    if (auto other = next_of(has_leader)) return other;
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
