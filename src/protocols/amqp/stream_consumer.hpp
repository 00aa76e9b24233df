// One consumer of a stream, or of what a queue keeps: reads its partitions at its own position, so far ahead
// as it was allowed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "broker/queue_views.hpp"
#include "broker/topic_reader.hpp"
#include "protocols/amqp/stream_arguments.hpp"

namespace weir::amqp {

class StreamConsumer {
  public:
    struct Record {
        const message::RecordView* view;
        PartitionId partition;
    };
    struct Source {
        std::string name;
        bool has_partitions = false;     // more than one
        std::function<bool()> is_there;  // still
    };

    // `window`: of deliveries that are not acknowledged.
    StreamConsumer(std::string tag, Source source, std::uint64_t window, std::optional<StreamFilter> filter)
        : tag_(std::move(tag)), source_(std::move(source)), window_(window), filter_(std::move(filter)) {}

    // Of all partitions, or that one, wherever they are led. `on_more` is called when there may be records
    // again. Errors: invalid_argument (no such partition).
    Result<void> begin(broker::Broker& broker, runtime::Reactor& reactor, const broker::Topic& topic,
                       const broker::Start& start, std::optional<std::int64_t> partition,
                       const std::function<void()>& on_more);
    Result<void> begin(broker::Broker& broker, runtime::Reactor& reactor, const broker::QueueView& queue,
                       const broker::Start& start, std::optional<std::int64_t> partition,
                       const std::function<void()>& on_more);

    // The next record, from the partitions in turn; nothing if there is none yet. Errors: those of the logs.
    Result<std::optional<Record>> next();
    // Else it is passed over.
    bool wants(const Record& record) const { return !filter_ || filter_->wants(*record.view); }

    bool may_send() const { return unacknowledged_ < window_; }
    void sent() { ++unacknowledged_; }
    void acknowledged() { --unacknowledged_; }

    const std::string& tag() const { return tag_; }
    std::uint64_t window() const { return window_; }
    const Source& source() const { return source_; }

  private:
    Result<void> check_begun() const;

    const std::string tag_;
    const Source source_;
    const std::uint64_t window_;
    const std::optional<StreamFilter> filter_;
    std::uint64_t unacknowledged_ = 0;
    std::vector<std::unique_ptr<broker::RecordStream>> readers_;
    std::size_t turn_ = 0;
};

}  // namespace weir::amqp
