// The consumer of the commands, on librdkafka's own.
#include "client/consumer.hpp"

#include <fmt/format.h>

#include "base/whole_number.hpp"
#include "client/kafka_error.hpp"
#include "client/partition_list.hpp"

namespace weir::client {

namespace {

constexpr const char* unused_group = "weir";  // librdkafka wants a name even where no group is used

std::int64_t kafka_offset(const Start& start) {
    switch (start.kind) {
        case Start::Kind::beginning: return RD_KAFKA_OFFSET_BEGINNING;
        case Start::Kind::end: return RD_KAFKA_OFFSET_END;
        case Start::Kind::offset: return start.value;
        case Start::Kind::tail: return RD_KAFKA_OFFSET_TAIL(start.value);
        case Start::Kind::timestamp:
        case Start::Kind::stored: return RD_KAFKA_OFFSET_STORED;
    }
    return RD_KAFKA_OFFSET_BEGINNING;
}

std::vector<Header> headers_of(const rd_kafka_message_t& message) {
    std::vector<Header> headers;
    rd_kafka_headers_t* list = nullptr;
    if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
        Header header{name, std::nullopt};
        if (value) header.value.emplace(static_cast<const char*>(value), size);
        headers.push_back(std::move(header));
    }
    return headers;
}

std::optional<std::string_view> view(const void* data, std::size_t size) {
    if (!data) return std::nullopt;
    return std::string_view{static_cast<const char*>(data), size};
}

}  // namespace

Result<Start> parse_start(std::string_view text) {
    if (text == "beginning") return Start{Start::Kind::beginning, 0};
    if (text == "end") return Start{Start::Kind::end, 0};
    if (text == "stored") return Start{Start::Kind::stored, 0};
    const bool is_time = text.starts_with('@');
    if (const auto number = whole_number(is_time ? text.substr(1) : text);
        number && (!is_time || *number >= 0)) {
        if (is_time) return Start{Start::Kind::timestamp, *number};
        if (text.starts_with('-')) return Start{Start::Kind::tail, -*number};
        return Start{Start::Kind::offset, *number};
    }
    return Error{
        Errc::invalid_argument,
        fmt::format(
            "'{}' is no place to start: use beginning, end, stored, an offset such as 42, -42 for the "
            "last 42, or @1700000000000 for a time in milliseconds since 1970",
            text)};
}

ReadRecord::~ReadRecord() {
    if (message_) rd_kafka_message_destroy(message_);
}

Record ReadRecord::record() const {
    const auto* topic = message_->rkt ? rd_kafka_topic_name(message_->rkt) : "";
    return {topic,
            message_->partition,
            message_->offset,
            rd_kafka_message_timestamp(message_, nullptr),
            view(message_->key, message_->key_len),
            view(message_->payload, message_->len),
            headers_of(*message_)};
}

std::int32_t ReadRecord::partition() const {
    return message_->partition;
}
std::int64_t ReadRecord::offset() const {
    return message_->offset;
}
std::size_t ReadRecord::payload_bytes() const {
    return message_->len + message_->key_len;
}
std::string_view ReadRecord::value() const {
    return view(message_->payload, message_->len).value_or("");
}

Result<std::unique_ptr<Consumer>> Consumer::open(const ConnectionOptions& options,
                                                 const Properties& properties) {
    Properties all{{"group.id", unused_group},
                   {"enable.auto.commit", "false"},
                   {"enable.partition.eof", "true"},
                   {"auto.offset.reset", "error"}};
    all.insert(all.end(), properties.begin(), properties.end());
    std::unique_ptr<Consumer> consumer{new Consumer};
    auto connection = Connection::open(Role::consumer, options, all);
    if (!connection) return connection.error();
    consumer->connection_ = std::move(*connection);
    return consumer;
}

Result<std::unique_ptr<Consumer>> Consumer::open_in_group(const ConnectionOptions& options,
                                                          const std::string& group, const Start& start,
                                                          const Properties& properties) {
    Properties all{{"group.id", group},
                   {"enable.auto.commit", "true"},
                   {"auto.offset.reset", start.kind == Start::Kind::end ? "latest" : "earliest"}};
    all.insert(all.end(), properties.begin(), properties.end());
    auto consumer = open(options, all);
    if (consumer) (*consumer)->in_group_ = true;
    return consumer;
}

Consumer::~Consumer() {
    if (connection_) rd_kafka_consumer_close(connection_->get());
}

Result<void> Consumer::assign(const std::vector<TopicPartition>& partitions, const Start& start) {
    if (start.kind == Start::Kind::timestamp) {
        const auto offsets = list_offsets(*connection_, partitions, start.value);
        if (!offsets) return offsets.error();
        return assign(*offsets);
    }
    Offsets from;
    for (const auto& at : partitions) from[at] = Offset{kafka_offset(start)};
    return assign(from);
}

Result<void> Consumer::assign(const Offsets& from) {
    const auto list = make_partition_list(from);
    const auto code = rd_kafka_assign(connection_->get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(code, "can't read these partitions");
    assigned_.clear();
    for (const auto& [at, offset] : from) assigned_.insert(at);
    return {};
}

Result<void> Consumer::subscribe(const std::vector<std::string>& topics) {
    const PartitionList list{rd_kafka_topic_partition_list_new(static_cast<int>(topics.size()))};
    for (const auto& topic : topics) {
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    const auto code = rd_kafka_subscribe(connection_->get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(code, "can't subscribe");
    return {};
}

// A group's share can change at any poll.
void Consumer::refresh_assignment() {
    rd_kafka_topic_partition_list_t* raw = nullptr;
    if (rd_kafka_assignment(connection_->get(), &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const PartitionList list{raw};
    assigned_.clear();
    for (int i = 0; i < list->cnt; ++i) assigned_.insert({list->elems[i].topic, list->elems[i].partition});
    std::erase_if(ended_, [this](const auto& at) { return !assigned_.contains(at); });
}

Result<std::optional<ReadRecord>> Consumer::poll(int timeout_ms) {
    auto* message = rd_kafka_consumer_poll(connection_->get(), timeout_ms);
    if (!message) return std::optional<ReadRecord>{};
    ReadRecord read{message};
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (!ended_.empty()) ended_.erase({rd_kafka_topic_name(message->rkt), message->partition});
        return std::optional<ReadRecord>{std::move(read)};
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (in_group_) refresh_assignment();
        ended_.insert({rd_kafka_topic_name(message->rkt), message->partition});
        return std::optional<ReadRecord>{};
    }
    if (message->err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) return std::optional<ReadRecord>{};
    const auto* topic = message->rkt ? rd_kafka_topic_name(message->rkt) : nullptr;
    const auto what =
        topic ? fmt::format("can't read {}:{}", topic, message->partition) : std::string{"can't read"};
    return kafka_error(message->err, what, rd_kafka_message_errstr(message));
}

}  // namespace weir::client
