// The producer of the commands, on librdkafka's own.
#include "client/producer.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client/kafka_error.hpp"

namespace weir::client {

namespace {

constexpr int queue_full_wait_ms = 100;

Properties properties_of(const ProducerSettings& settings) {
    return {{"acks", settings.acks},
            {"compression.codec", settings.compression},
            {"enable.idempotence", settings.idempotent ? "true" : "false"},
            {"linger.ms", fmt::format("{}", settings.linger_ms)},
            {"batch.size", fmt::format("{}", settings.batch_bytes)},
            {"message.max.bytes", fmt::format("{}", std::max<std::int64_t>(settings.batch_bytes, 1'000'000))},
            {"queue.buffering.max.messages", fmt::format("{}", settings.queue_messages)},
            {"queue.buffering.max.kbytes", "1048576"}};
}

Delivery delivery_of(const rd_kafka_message_t& message) {
    Delivery delivery{
        reinterpret_cast<std::uintptr_t>(message._private), message.partition, message.offset, {}};
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) delivery.error = kafka_error(message.err, "not delivered");
    return delivery;
}

rd_kafka_headers_t* headers_of(const Record& record) {
    auto* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers) {
        rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()),
                            value ? value->data() : nullptr, value ? static_cast<ssize_t>(value->size()) : 0);
    }
    return headers;
}

void* bytes_of(const std::optional<std::string_view>& text) {
    return text ? const_cast<char*>(text->data() ? text->data() : "") : nullptr;  // librdkafka only reads
}

// With headers and a timestamp, which only the general call takes.
rd_kafka_resp_err_t try_send_whole(rd_kafka_t* handle, rd_kafka_topic_t* topic, const Record& record,
                                   void* opaque) {
    rd_kafka_vu_t parts[8];
    for (auto& part : parts) part = {};
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = topic;
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = record.partition;
    parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[2].u.i = RD_KAFKA_MSG_F_COPY;
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem = {bytes_of(record.value), record.value ? record.value->size() : 0};
    parts[4].vtype = RD_KAFKA_VTYPE_KEY;
    parts[4].u.mem = {bytes_of(record.key), record.key ? record.key->size() : 0};
    parts[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    parts[5].u.i64 = record.timestamp_ms < 0 ? 0 : record.timestamp_ms;
    parts[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[6].u.ptr = opaque;
    parts[7].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[7].u.headers = headers_of(record);
    auto* error = rd_kafka_produceva(handle, parts, std::size(parts));
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    const auto code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(parts[7].u.headers);  // still ours after a failure
    return code;
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::open(const ConnectionOptions& options,
                                                 const ProducerSettings& settings,
                                                 DeliveryHandler on_delivery) {
    std::unique_ptr<Producer> producer{new Producer};
    producer->on_delivery_ = std::move(on_delivery);
    const auto report = [self = producer.get()](const rd_kafka_message_t& message) {
        self->on_delivery_(delivery_of(message));
    };
    auto connection = Connection::open(Role::producer, options, properties_of(settings), report);
    if (!connection) return connection.error();
    producer->connection_ = std::move(*connection);
    producer->answered_event_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (producer->answered_event_ < 0) return Error{Errc::too_many_open_files, "no file descriptor is left"};
    auto* queue = rd_kafka_queue_get_main(producer->connection_->get());
    constexpr std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, producer->answered_event_, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
    return producer;
}

Producer::~Producer() {
    if (connection_ && answered_event_ >= 0) {
        auto* queue = rd_kafka_queue_get_main(connection_->get());
        rd_kafka_queue_io_event_enable(queue, -1, nullptr, 0);
        rd_kafka_queue_destroy(queue);
    }
    if (answered_event_ >= 0) ::close(answered_event_);
    for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
}

rd_kafka_topic_s* Producer::topic_handle(std::string_view name) {
    const auto found = topics_.find(name);
    if (found != topics_.end()) return found->second;
    auto* topic = rd_kafka_topic_new(connection_->get(), std::string{name}.c_str(), nullptr);
    if (topic) topics_.emplace(name, topic);
    return topic;
}

int Producer::try_send(const Record& record, std::uint64_t tag) {
    auto* topic = topic_handle(record.topic);
    if (!topic) return rd_kafka_last_error();
    void* const opaque = reinterpret_cast<void*>(static_cast<std::uintptr_t>(tag));
    const auto value_size = record.value ? record.value->size() : 0;
    const auto key_size = record.key ? record.key->size() : 0;
    if (record.headers.empty() && record.timestamp_ms < 0) {  // the short way
        const int failed =
            rd_kafka_produce(topic, record.partition, RD_KAFKA_MSG_F_COPY, bytes_of(record.value), value_size,
                             bytes_of(record.key), key_size, opaque);
        return failed ? rd_kafka_last_error() : RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return try_send_whole(connection_->get(), topic, record, opaque);
}

Result<void> Producer::send(const Record& record, std::uint64_t tag) {
    for (;;) {
        const auto code = static_cast<rd_kafka_resp_err_t>(try_send(record, tag));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            return kafka_error(code, fmt::format("can't send to {}", record.topic));
        }
        poll(queue_full_wait_ms);
    }
}

void Producer::poll(int timeout_ms) {
    rd_kafka_poll(connection_->get(), timeout_ms);
}

void Producer::poll_us(std::int64_t timeout_us) {
    pollfd waited{answered_event_, POLLIN, 0};
    const timespec timeout{timeout_us / 1'000'000, timeout_us % 1'000'000 * 1000};
    if (::ppoll(&waited, 1, &timeout, nullptr) == 1) {
        eventfd_t count;
        ::eventfd_read(answered_event_, &count);
    }
    poll(0);
}

bool Producer::flush(int timeout_ms) {
    return rd_kafka_flush(connection_->get(), timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::size_t Producer::unanswered() const {
    return static_cast<std::size_t>(rd_kafka_outq_len(connection_->get()));
}

}  // namespace weir::client
