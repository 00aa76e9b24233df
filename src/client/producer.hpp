// Sending records, with an answer for each.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "client/connection.hpp"
#include "client/record.hpp"

struct rd_kafka_topic_s;

namespace weir::client {

struct ProducerSettings {
    std::string acks = "all";  // all, 1, 0
    std::string compression = "none";
    bool idempotent = false;
    double linger_ms = 5;
    std::int64_t batch_bytes = 1'000'000;
    std::int64_t queue_messages = 100'000;  // sent and not yet answered
};

// What became of one record. `tag` is what send() was given.
struct Delivery {
    std::uint64_t tag;
    std::int32_t partition;
    std::int64_t offset;  // -1: the broker was not asked (acks=0) or it failed
    std::optional<Error> error;
};

using DeliveryHandler = std::function<void(const Delivery&)>;

// Use it from one thread; the handler is called on that thread, from send(), poll() and flush().
class Producer {
  public:
    // Errors: those of Connection::open().
    static Result<std::unique_ptr<Producer>> open(const ConnectionOptions& options,
                                                  const ProducerSettings& settings,
                                                  DeliveryHandler on_delivery);
    ~Producer();

    // Hands the record over; waits as long as the queue is full. The record's bytes are copied.
    // Errors: not_found (no such partition), internal (larger than the client sends at all).
    Result<void> send(const Record& record, std::uint64_t tag);
    // Calls the handler for what has been answered; waits for a first answer at most that long.
    void poll(int timeout_ms);
    // The same to the microsecond; ends with the first answer.
    void poll_us(std::int64_t timeout_us);
    // Waits until everything has its answer. False: some has none yet.
    bool flush(int timeout_ms);
    std::size_t unanswered() const;
    const Connection& connection() const { return *connection_; }

  private:
    Producer() = default;
    rd_kafka_topic_s* topic_handle(std::string_view name);
    int try_send(const Record& record, std::uint64_t tag);

    std::unique_ptr<Connection> connection_;
    std::map<std::string, rd_kafka_topic_s*, std::less<>> topics_;
    DeliveryHandler on_delivery_;
    int answered_event_ = -1;  // readable when the first answer comes in
};

}  // namespace weir::client
