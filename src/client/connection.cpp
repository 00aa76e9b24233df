// Opening and closing a librdkafka instance.
#include "client/connection.hpp"

#include <fmt/format.h>

#include <chrono>

#include "client/kafka_error.hpp"

namespace weir::client {

namespace {

constexpr int poll_ms = 100;  // between two looks at whether all brokers are down

void ignore_log(const rd_kafka_t*, int, const char*, const char*) {}  // on_error() has what matters

// "Connect to ipv4#127.0.0.1:9 failed: Connection refused (after 0ms ...)" without what only developers read.
std::string shortened(std::string reason) {
    if (const auto at = reason.find(" (after "); at != std::string::npos) reason.resize(at);
    if (const auto at = reason.rfind(": "); at != std::string::npos) reason.erase(0, at + 2);
    return reason;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(Role role, const ConnectionOptions& options,
                                                     const Properties& properties,
                                                     DeliveryCallback on_delivery) {
    std::unique_ptr<Connection> connection{new Connection{options}};
    connection->on_delivery_ = std::move(on_delivery);
    if (auto done = connection->create(role, properties); !done) return done.error();
    if (auto done = connection->await_answer(); !done) return done.error();
    return connection;
}

Connection::~Connection() {
    if (handle_) rd_kafka_destroy(handle_);
}

Result<void> Connection::create(Role role, const Properties& properties) {
    char reason[512];
    auto* conf = rd_kafka_conf_new();
    Properties all{{"bootstrap.servers", options_.bootstrap},
                   {"client.id", "weir"},
                   {"client.software.name", "weir"},
                   {"broker.address.family", "any"}};
    all.insert(all.end(), properties.begin(), properties.end());
    all.insert(all.end(), options_.properties.begin(), options_.properties.end());
    for (const auto& [name, value] : all) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) == RD_KAFKA_CONF_OK)
            continue;
        rd_kafka_conf_destroy(conf);
        return Error{Errc::invalid_argument, fmt::format("{}={}: {}", name, value, reason)};
    }
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_log_cb(conf, ignore_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (on_delivery_) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery_report);
    handle_ = rd_kafka_new(role == Role::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, reason,
                           sizeof reason);
    if (handle_) {
        if (role == Role::consumer) rd_kafka_poll_set_consumer(handle_);
        return {};
    }
    rd_kafka_conf_destroy(conf);
    return Error{Errc::invalid_argument, reason};
}

// librdkafka itself goes on trying for as long as it is asked to; a person wants to know at once.
Result<void> Connection::await_answer() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{options_.timeout_ms};
    while (std::chrono::steady_clock::now() < deadline && !all_brokers_down_) {
        const rd_kafka_metadata_t* metadata = nullptr;
        const auto code = rd_kafka_metadata(handle_, 0, nullptr, &metadata, poll_ms);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_metadata_destroy(metadata);
            return {};
        }
        rd_kafka_poll(handle_, 0);
        if (auto* queue = rd_kafka_queue_get_consumer(handle_)) {  // errors come here once it is a consumer
            if (auto* message = rd_kafka_consume_queue(queue, 0)) rd_kafka_message_destroy(message);
            rd_kafka_queue_destroy(queue);
        }
    }
    const auto reason = last_complaint_.empty() ? std::string{"no answer"} : shortened(last_complaint_);
    return Error{Errc::timed_out,
                 fmt::format("no broker answers at {}: {}; is it running? --bootstrap names another one",
                             options_.bootstrap, reason)};
}

void Connection::on_error(rd_kafka_s*, int code, const char* reason, void* self) {
    auto* connection = static_cast<Connection*>(self);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        connection->all_brokers_down_ = true;
    } else {
        connection->last_complaint_ = reason;
    }
}

void Connection::on_delivery_report(rd_kafka_s*, const rd_kafka_message_s* message, void* self) {
    static_cast<Connection*>(self)->on_delivery_(*message);
}

}  // namespace weir::client
