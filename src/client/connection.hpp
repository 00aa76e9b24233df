// A connection to a Kafka-speaking broker, weir or another's: librdkafka behind a few small classes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

struct rd_kafka_s;          // librdkafka's handle; only src/client sees its header
struct rd_kafka_message_s;  // a record, or its delivery report

namespace weir::client {

inline constexpr const char* default_bootstrap = "127.0.0.1:9092";
inline constexpr int default_timeout_ms = 10'000;

using Properties = std::vector<std::pair<std::string, std::string>>;

struct ConnectionOptions {
    std::string bootstrap = default_bootstrap;  // HOST:PORT, several separated by commas
    int timeout_ms = default_timeout_ms;        // for a broker to answer
    Properties properties;                      // librdkafka's own settings, such as security.protocol
};

enum class Role { producer, consumer };

using DeliveryCallback = std::function<void(const rd_kafka_message_s&)>;

// One librdkafka instance. Its threads end when it does. Use it from one thread.
class Connection {
  public:
    // Connects and waits for a first answer, so that what follows fails for its own reasons only.
    // `properties` go before those of `options`, which win. Errors: timed_out (nobody answers; the message
    // says where and why), invalid_argument (librdkafka knows no such property or value).
    static Result<std::unique_ptr<Connection>> open(Role role, const ConnectionOptions& options,
                                                    const Properties& properties = {},
                                                    DeliveryCallback on_delivery = nullptr);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    rd_kafka_s* get() const { return handle_; }
    int timeout_ms() const { return options_.timeout_ms; }
    const std::string& bootstrap() const { return options_.bootstrap; }
    // What librdkafka last complained about (a refused connection, a lost broker); empty: nothing.
    const std::string& last_complaint() const { return last_complaint_; }

  private:
    explicit Connection(const ConnectionOptions& options) : options_(options) {}
    Result<void> create(Role role, const Properties& properties);
    Result<void> await_answer();
    static void on_error(rd_kafka_s*, int code, const char* reason, void* self);
    static void on_delivery_report(rd_kafka_s*, const rd_kafka_message_s* message, void* self);

    ConnectionOptions options_;
    DeliveryCallback on_delivery_;
    rd_kafka_s* handle_ = nullptr;
    std::string last_complaint_;
    bool all_brokers_down_ = false;
};

}  // namespace weir::client
