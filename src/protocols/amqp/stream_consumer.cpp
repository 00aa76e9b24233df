// Readers of partitions, taken in turn.
#include "protocols/amqp/stream_consumer.hpp"

#include "broker/queue_reader.hpp"

namespace weir::amqp {

Result<void> StreamConsumer::begin(broker::Broker& broker, runtime::Reactor& reactor,
                                   const broker::Topic& topic, const broker::Start& start,
                                   std::optional<std::int64_t> partition,
                                   const std::function<void()>& on_more) {
    for (const auto& each : topic.partitions) {
        if (partition && each->id.value != *partition) continue;
        readers_.push_back(std::make_unique<broker::TopicReader>(broker.topic_access(), reactor, topic.id(),
                                                                 each->id, start, on_more));
    }
    return check_begun();
}

Result<void> StreamConsumer::begin(broker::Broker& broker, runtime::Reactor& reactor,
                                   const broker::QueueView& queue, const broker::Start& start,
                                   std::optional<std::int64_t> partition,
                                   const std::function<void()>& on_more) {
    for (std::int32_t i = 0; i < queue.partitions; ++i) {
        if (partition && i != *partition) continue;
        readers_.push_back(std::make_unique<broker::QueueReader>(
            broker.queues(), reactor, queue, static_cast<std::uint8_t>(i), start, on_more));
    }
    return check_begun();
}

Result<void> StreamConsumer::check_begun() const {
    if (!readers_.empty()) return {};
    return Error{Errc::invalid_argument, fmt::format("'{}' has no such partition", source_.name)};
}

Result<std::optional<StreamConsumer::Record>> StreamConsumer::next() {
    for (std::size_t i = 0; i < readers_.size(); ++i) {
        auto& reader = *readers_[turn_++ % readers_.size()];
        const auto record = reader.next();
        if (!record) return record.error();
        if (*record != nullptr) return std::optional{Record{*record, reader.partition()}};
    }
    return std::optional<Record>{};
}

}  // namespace weir::amqp
