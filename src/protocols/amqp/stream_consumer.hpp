// One consumer of a stream: reads a topic's partitions at its own position, so far ahead as it was allowed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "broker/topic_reader.hpp"

namespace weir::amqp {

class StreamConsumer {
  public:
    struct Record {
        const message::RecordView* view;
        PartitionId partition;
    };

    // `window`: of deliveries that are not acknowledged.
    StreamConsumer(std::string tag, std::shared_ptr<const broker::Topic> topic, std::uint64_t window)
        : tag_(std::move(tag)), topic_(std::move(topic)), window_(window) {}

    // Of all partitions, or that one. `on_more` is called when there may be records again. Errors: not_leader
    // (another node leads one of them), invalid_argument (no such partition), those of the logs.
    Result<void> begin(broker::Broker& broker, runtime::Reactor& reactor, const broker::Start& start,
                       std::optional<std::int64_t> partition, const std::function<void()>& on_more);

    // The next record, from the partitions in turn; nothing if there is none yet. Errors: those of the logs.
    Result<std::optional<Record>> next();

    bool may_send() const { return unacknowledged_ < window_; }
    void sent() { ++unacknowledged_; }
    void acknowledged() { --unacknowledged_; }

    const std::string& tag() const { return tag_; }
    const broker::Topic& topic() const { return *topic_; }

  private:
    const std::string tag_;
    const std::shared_ptr<const broker::Topic> topic_;
    const std::uint64_t window_;
    std::uint64_t unacknowledged_ = 0;
    std::vector<std::unique_ptr<broker::PartitionReader>> readers_;
    std::size_t turn_ = 0;
};

}  // namespace weir::amqp
