// Readers of partitions, taken in turn.
#include "protocols/amqp/stream_consumer.hpp"

namespace weir::amqp {

Result<void> StreamConsumer::begin(broker::Broker& broker, runtime::Reactor& reactor,
                                   const broker::Start& start, std::optional<std::int64_t> partition,
                                   const std::function<void()>& on_more) {
    for (const auto& each : topic_->partitions) {
        if (partition && each->id.value != *partition) continue;
        const auto log = each->log();
        if (!each->is_led() || !log) {
            return Error{Errc::not_leader, fmt::format("partition {} of '{}' is led by another node: consume "
                                                       "from that one",
                                                       each->id.value, topic_->name())};
        }
        const auto from = broker::offset_of(*log, start);
        if (!from) return from.error();
        readers_.push_back(
            std::make_unique<broker::PartitionReader>(broker.commits(), reactor, log, *from, on_more));
    }
    if (readers_.empty())
        return Error{Errc::invalid_argument, fmt::format("'{}' has no such partition", topic_->name())};
    return {};
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
