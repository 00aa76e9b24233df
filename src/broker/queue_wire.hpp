// What nodes say to one another of queues that another one leads (docs/formats/queue_requests.md).
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "broker/queue/queue_request.hpp"
#include "rpc/frame.hpp"

namespace weir::broker {

inline constexpr rpc::Method queue_requests_method{23};  // do these, in order
inline constexpr rpc::Method queue_events_method{24};    // what has become of them, and what else there is

inline constexpr std::uint8_t queue_wire_version = 1;
inline constexpr std::size_t max_queue_requests = 100'000;  // of one message

// A reply on its way to the node where somebody waits for it.
inline constexpr rpc::Method reply_method{29};
struct SentReply {
    std::string address;
    queue::MessagePtr message;
};
Bytes encode_reply(const std::string& address, queue::MessagePtr message);
// Errors: corrupt, unsupported (another version).
Result<SentReply> decode_reply(ByteView body);

// A request on its way to the leader of a log.
struct SentRequest {
    std::uint64_t number = 0;  // of the session, rising
    PartitionId partition;
    LeaderEpoch epoch;
    std::uint64_t attempt = 0;  // of the asker's; once one request of it is refused, all later ones are
    queue::ShardRequest request;
};
struct QueueRequests {
    std::uint64_t session = 0;   // never 0
    std::uint64_t sequence = 0;  // of the message in its session; 0 begins one
    std::vector<SentRequest> requests;
};

struct AnswerEvent {
    std::uint64_t number = 0;
    Result<queue::ShardReply> reply = queue::ShardReply{};
};
struct ArrivalsEvent {
    PartitionId partition;
    std::uint64_t attempt = 0;
    queue::HolderId holder;
    std::vector<queue::Arrival> arrivals;
};
struct NoticeEvent {
    PartitionId partition;
    std::uint64_t attempt = 0;
    queue::Notice notice;
};
// The node leads the log no more, or that failed.
struct LostEvent {
    PartitionId partition;
    std::uint64_t attempt = 0;
    Error why;
};
using QueueEvent = std::variant<AnswerEvent, ArrivalsEvent, NoticeEvent, LostEvent>;

// A message that grows by what is put into it.
class QueueRequestsWriter {
  public:
    QueueRequestsWriter(std::uint64_t session, std::uint64_t sequence);
    void add(const SentRequest& request);
    std::size_t size() const { return out_.size(); }
    Bytes take() { return std::move(out_); }

  private:
    Bytes out_;
};
class QueueEventsWriter {
  public:
    QueueEventsWriter();
    void add(const QueueEvent& event);
    std::size_t size() const { return out_.size(); }
    Bytes take() { return std::move(out_); }

  private:
    Bytes out_;
};

// Errors: corrupt, unsupported (another version).
Result<QueueRequests> decode_queue_requests(ByteView body);
// Content is not copied: it is a view of the body, which `owner` keeps.
Result<std::vector<QueueEvent>> decode_queue_events(ByteView body, std::shared_ptr<const void> owner);
// Which session's events are asked for.
Bytes encode_queue_events_request(std::uint64_t session);
Result<std::uint64_t> decode_queue_events_request(ByteView body);

}  // namespace weir::broker
