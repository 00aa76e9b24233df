// One producer of a perf command: sends at its pace and times each answer.
#pragma once

#include "app/histogram.hpp"
#include "client/producer.hpp"

namespace weir::app {

struct SenderPlan {
    std::string topic;
    std::int32_t partitions = 0;    // > 0: to each partition in turn
    std::size_t size = 1024;        // of each value
    double rate = 0;                // messages a second; 0: as fast as it goes
    std::uint64_t messages = 0;     // at most so many
    std::int64_t duration_us = 0;   // 0: no limit
    std::int64_t first_due_us = 0;  // within the first interval, so that senders do not march in step
    bool stamp_values = false;      // the value begins with `stamp` and the time it was due
    std::uint64_t stamp = 0;
};

// The bytes a stamped value begins with.
inline constexpr std::size_t stamp_bytes = 16;

// Use it from one thread.
class PerfSender {
  public:
    static Result<std::unique_ptr<PerfSender>> open(const client::ConnectionOptions& connection,
                                                    const client::ProducerSettings& settings);

    // Sends what is planned and waits for all answers. With a rate a message's time counts from when it was
    // due, so that a slow broker can't hide behind a sender that waits for it.
    Result<void> run(const SenderPlan& plan);
    // Forgets what was measured.
    void reset();

    const Histogram& latencies() const { return latencies_; }  // microseconds
    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t failed() const { return failed_; }
    const std::optional<Error>& first_error() const { return first_error_; }

  private:
    PerfSender();
    void note(const client::Delivery& delivery);
    void wait_until(std::int64_t due_us);
    Result<void> finish();

    std::unique_ptr<client::Producer> producer_;
    std::string letters_;  // values are pieces of it
    Histogram latencies_;
    std::uint64_t delivered_ = 0, failed_ = 0;
    std::optional<Error> first_error_;
};

}  // namespace weir::app
