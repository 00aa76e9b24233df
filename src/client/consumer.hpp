// Reading records, from chosen offsets or as a member of a group.
#pragma once

#include <set>

#include "client/offsets.hpp"
#include "client/record.hpp"

namespace weir::client {

// Where reading begins.
struct Start {
    enum class Kind { beginning, end, offset, tail, timestamp, stored };
    Kind kind = Kind::beginning;
    std::int64_t value = 0;  // an offset, how many before the end, or milliseconds since 1970

    bool operator==(const Start&) const = default;
};

// "beginning", "end", "stored", "42", "-42" (that many before the end), "@1700000000000" (milliseconds since
// 1970). Errors: invalid_argument.
Result<Start> parse_start(std::string_view text);

// A record that was read, and the memory it lies in.
class ReadRecord {
  public:
    explicit ReadRecord(rd_kafka_message_s* message) : message_(message) {}
    ~ReadRecord();
    ReadRecord(ReadRecord&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
    ReadRecord& operator=(ReadRecord&&) = delete;

    Record record() const;  // its headers are parsed by this call
    std::int32_t partition() const;
    std::int64_t offset() const;
    std::size_t payload_bytes() const;  // key and value
    std::string_view value() const;     // empty for a tombstone

  private:
    rd_kafka_message_s* message_;
};

// Use it from one thread.
class Consumer {
  public:
    // Errors: those of Connection::open().
    static Result<std::unique_ptr<Consumer>> open(const ConnectionOptions& options,
                                                  const Properties& properties = {});
    // A member of `group`, which commits what was polled, at the latest when closed.
    static Result<std::unique_ptr<Consumer>> open_in_group(const ConnectionOptions& options,
                                                           const std::string& group, const Start& start,
                                                           const Properties& properties = {});
    ~Consumer();

    Result<void> assign(const std::vector<TopicPartition>& partitions, const Start& start);
    Result<void> assign(const Offsets& from);
    Result<void> subscribe(const std::vector<std::string>& topics);

    // The next record; nothing if none came in time or a partition's end was reached.
    Result<std::optional<ReadRecord>> poll(int timeout_ms);
    // Whether each partition assigned was read to where it ended at that time.
    bool at_end() const { return !assigned_.empty() && ended_ == assigned_; }
    const Connection& connection() const { return *connection_; }

  private:
    Consumer() = default;
    void refresh_assignment();

    std::unique_ptr<Connection> connection_;
    std::set<TopicPartition> assigned_, ended_;
    bool in_group_ = false;
};

}  // namespace weir::client
