// Streams are read, and what queues keep: each consumer at its own position, with acknowledgements that only
// make room for more.
#include "base/log_line.hpp"
#include "broker/queue_settings.hpp"
#include "broker/topic_names.hpp"
#include "protocols/amqp/queue_door.hpp"
#include "protocols/amqp/stream_arguments.hpp"

namespace weir::amqp {
namespace {

constexpr int most_in_a_turn = 256;  // records of one consumer, before others have their turn
constexpr std::size_t header_frame_overhead = 32;
constexpr std::string_view stream_partition = "x-stream-partition";

AmqpError unreadable(std::string_view why) {
    return {ReplyCode::precondition_failed, std::string{why}, BasicConsume::info.id};
}

std::optional<std::int64_t> number_of(const Table& arguments, std::string_view name) {
    const auto value = arguments.find(name);
    return value ? value->as_integer() : std::nullopt;
}

std::optional<AmqpError> check_stream_consume(const BasicConsume& method, const ChannelState& state,
                                              const std::string& stream) {
    if (method.no_ack) {
        return AmqpError{ReplyCode::not_implemented,
                         fmt::format("automatic acknowledgement not supported by stream {}", stream),
                         method.info.id};
    }
    if (state.shared_prefetch != 0) {
        return AmqpError{ReplyCode::not_implemented, fmt::format("{} does not support global qos", stream),
                         method.info.id};
    }
    if (state.prefetch == 0)
        return unreadable(fmt::format("consumer prefetch count is not set for stream {}", stream));
    return std::nullopt;
}

}  // namespace

std::size_t QueueDoor::max_property_bytes() const {
    const auto frame_max = machine_.tuning().frame_max;
    return frame_max == 0 ? SIZE_MAX : frame_max - header_frame_overhead;
}

// A queue that keeps what is acknowledged, and that is to be read from some offset on.
std::optional<broker::QueueView> QueueDoor::replayed_queue(ChannelNumber number,
                                                           const BasicConsume& method) const {
    if (!method.arguments.find(stream_offset_header)) return std::nullopt;
    const std::string_view name = method.queue.empty() ? channels_.at(number).last_queue : method.queue;
    const auto catalogue = queues_.catalogue();
    const auto* queue = catalogue->topology().queue(host(), name);
    if (queue == nullptr || !broker::is_replayable(*queue)) return std::nullopt;
    return broker::QueueView{{}, queue->id, queue->name, broker::lane_count(*queue)};
}

bool QueueDoor::serve_stream(ChannelNumber number, const BasicConsume& method) {
    const auto topic = stream_of(number, method.queue);
    const auto queue = topic ? std::nullopt : replayed_queue(number, method);
    if (!topic && !queue) return false;
    auto& state = channel(number);
    const auto name = topic ? broker::split_topic_name(topic->name()).name : queue->queue_name;
    const auto told = fmt::format("queue '{}' in vhost '{}'", name, host());
    auto error = check_access(access::Operation::read, "queue", name, method.info.id);
    if (!error && queue) {
        const auto owned = queue_of(name, method.info.id);
        if (const auto* why = std::get_if<AmqpError>(&owned)) error = *why;
    }
    if (!error && state.has_tag(method.consumer_tag)) {
        error =
            AmqpError{ReplyCode::not_allowed,
                      fmt::format("attempt to reuse consumer tag '{}'", method.consumer_tag), method.info.id};
    }
    if (!error && topic && method.arguments.find("x-priority"))
        error = unreadable(
            fmt::format("invalid arg 'x-priority' for {} of queue type rabbit_stream_queue", told));
    const auto start = stream_start(method.arguments, broker_.clock().wall_ms());
    if (!error && !start) error = unreadable(fmt::format("invalid arg 'x-stream-offset' for {}", told));
    if (!error) error = check_stream_consume(method, state, told);
    if (!error) error = begin_stream(number, method, topic, queue, *start);
    if (error) machine_.fail(number, *error);
    return true;
}

StreamConsumer::Source QueueDoor::stream_source(const TopicPtr& topic,
                                                const std::optional<broker::QueueView>& queue) const {
    if (topic) {
        return {broker::split_topic_name(topic->name()).name, topic->partitions.size() > 1, [this, topic] {
                    const auto now = broker_.topics().find(topic->name());
                    return now && now->id() == topic->id();
                }};
    }
    return {queue->queue_name, queue->partitions > 1, [] { return true; }};  // its reader tells
}

QueueDoor::AnyError QueueDoor::begin_stream(ChannelNumber number, const BasicConsume& method,
                                            const TopicPtr& topic,
                                            const std::optional<broker::QueueView>& queue,
                                            const broker::Start& start) {
    auto& state = channel(number);
    const auto tag =
        method.consumer_tag.empty() ? generated_name("amq.ctag-") : std::string{method.consumer_tag};
    const auto consumer = std::make_shared<StreamConsumer>(tag, stream_source(topic, queue), state.prefetch,
                                                           stream_filter(method.arguments));
    const auto pump_later = [link = link_, holder = state.holder, weak = std::weak_ptr{consumer}] {
        Link::run(link, [holder, weak](QueueDoor& door) {
            auto* at = door.find(holder);
            const auto still = weak.lock();
            if (at != nullptr && still) door.pump(at->first, at->second, *still);
            door.session_.wake();
        });
    };
    const auto partition = number_of(method.arguments, stream_partition);
    const auto begin = [&](const auto& what) {
        return consumer->begin(broker_, session_.reactor(), what, start, partition, pump_later);
    };
    const auto begun = topic ? begin(*topic) : begin(*queue);
    if (!begun) return failure(begun.error(), method.info.id);
    state.streams[tag] = consumer;
    BasicConsumeOk ok;
    ok.consumer_tag = tag;
    if (!method.nowait) machine_.send(number, ok);
    pump_later();
    return std::nullopt;
}

// Delivers what may be delivered now.
void QueueDoor::pump(ChannelNumber number, ChannelState& state, StreamConsumer& consumer) {
    if (!consumer.source().is_there()) return end_stream(number, state, consumer.tag(), "it was deleted");
    for (int left = most_in_a_turn; consumer.may_send() && machine_.accepts_deliveries(); --left) {
        if (left == 0) return pump_again(state, consumer.tag());
        const auto record = consumer.next();
        if (!record) return end_stream(number, state, consumer.tag(), record.error().message);
        if (!*record) return;
        if (consumer.wants(**record)) deliver(number, state, consumer, **record);
    }
}

void QueueDoor::pump_again(const ChannelState& state, const std::string& tag) {
    Link::run(link_, [holder = state.holder, tag](QueueDoor& door) {
        auto* at = door.find(holder);
        if (at == nullptr) return;
        const auto still = at->second.streams.find(tag);
        if (still == at->second.streams.end()) return;
        door.pump(at->first, at->second, *std::shared_ptr{still->second});
        door.session_.wake();
    });
}

void QueueDoor::deliver(ChannelNumber number, ChannelState& state, StreamConsumer& consumer,
                        const StreamConsumer::Record& record) {
    RecordPlace place{.topic = consumer.source().name};
    if (consumer.source().has_partitions) place.partition = record.partition.value;
    const auto message = from_record(*record.view, place, max_property_bytes());
    BasicDeliver method;
    method.consumer_tag = consumer.tag();
    method.delivery_tag = ++state.last_tag;
    method.exchange = message.exchange;
    method.routing_key = message.routing_key;
    consumer.sent();
    state.stream_unacked.emplace(method.delivery_tag, consumer.tag());
    const auto body = record.view->value.value_or(ByteView{});
    machine_.send_content(number, method, message.properties, body);
    trace_delivery(number, consumer.source().name, false,
                   {{}, message.exchange, message.routing_key, message.properties, body});
}

void QueueDoor::pump_streams() {
    for (auto& [number, state] : channels_) {
        for (const auto& [tag, consumer] : state.streams) pump_again(state, tag);
    }
}

// Whether any of these deliveries was a stream's.
bool QueueDoor::acknowledge_streams(ChannelState& state, std::uint64_t tag, bool multiple) {
    auto& unacked = state.stream_unacked;
    const auto begin = multiple ? unacked.begin() : unacked.lower_bound(tag);
    const auto end = multiple && tag == 0 ? unacked.end() : unacked.upper_bound(tag);
    if (begin == end) return false;
    std::set<std::string> consumers;
    for (auto at = begin; at != end; ++at) {
        const auto consumer = state.streams.find(at->second);
        if (consumer == state.streams.end()) continue;
        consumer->second->acknowledged();
        consumers.insert(at->second);
    }
    unacked.erase(begin, end);
    for (const auto& each : consumers) pump_again(state, each);
    return true;
}

bool QueueDoor::cancel_stream(ChannelNumber number, const BasicCancel& method) {
    auto& state = channel(number);
    const auto at = state.streams.find(method.consumer_tag);
    if (at == state.streams.end()) return false;
    state.streams.erase(at);
    BasicCancelOk ok;
    ok.consumer_tag = method.consumer_tag;
    if (!method.nowait) machine_.send(number, ok);
    return true;
}

// By weir: the stream is gone, or can't be read.
void QueueDoor::end_stream(ChannelNumber number, ChannelState& state, const std::string& tag,
                           std::string_view why) {
    const auto ended = state.streams.extract(tag);
    if (ended.empty()) return;
    log_warning("an AMQP consumer of the stream '{}' ends: {}", ended.mapped()->source().name, why);
    if (!machine_.client().capabilities().consumer_cancel_notify) return;
    BasicCancel method;
    method.consumer_tag = ended.key();
    method.nowait = true;
    machine_.send(number, method);
}

}  // namespace weir::amqp
