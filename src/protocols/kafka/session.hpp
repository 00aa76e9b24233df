// One Kafka client's connection: frames in, exchanges in order, replies out in the order of the requests.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "log/partition_log.hpp"
#include "protocols/kafka/environment.hpp"
#include "protocols/kafka/frame_reader.hpp"
#include "protocols/kafka/wire/frame.hpp"
#include "runtime/connection.hpp"

namespace weir::kafka {

class KafkaSession;

// A reply ready to leave: encoded bytes, with ranges of segment files between them.
using ReplyPart = std::variant<Bytes, log::FileRange>;
using Reply = std::vector<ReplyPart>;

// One request and its reply to be. Lives on its session's reactor; replying after the connection has closed
// is allowed and does nothing.
class Exchange {
  public:
    // `body` is what follows the header in the frame.
    Exchange(std::shared_ptr<KafkaSession> session, std::shared_ptr<Frame> frame, RequestHeader header,
             ByteView body)
        : session_(std::move(session)), frame_(std::move(frame)), header_(header), body_(body) {}

    const RequestHeader& header() const { return header_; }
    ByteView body() const { return body_; }
    const std::shared_ptr<Frame>& frame() const { return frame_; }
    Environment& environment() const;
    runtime::Reactor& reactor() const;
    const std::string& peer_host() const;  // without the port
    // What this client is told to connect to.
    const runtime::Endpoint& advertised() const;

    // Exactly one of these, once; an empty reply sends nothing (produce with acks=0).
    void finish(Reply reply);
    void close_connection(std::string_view why);
    bool finished() const { return finished_; }
    // The connection ends once the reply has been sent; `why` is a literal.
    void close_after_reply(std::string_view why) { why_it_closes_ = why; }

  private:
    friend class KafkaSession;
    std::shared_ptr<KafkaSession> session_;
    std::shared_ptr<Frame> frame_;
    RequestHeader header_;
    ByteView body_;
    Reply reply_;
    bool finished_ = false;
    std::string_view why_it_closes_;  // after the reply; empty: it does not
};

class KafkaSession final : public runtime::Session, public std::enable_shared_from_this<KafkaSession> {
  public:
    KafkaSession(std::shared_ptr<runtime::Connection> connection, Environment& environment);

    ByteSpan read_buffer() override { return frames_.buffer(); }
    // Called once, when a shared_ptr holds the session.
    void start();
    void on_read(std::size_t count) override;
    void on_sent() override;
    void on_closed() override;

  private:
    friend class Exchange;

    void pump();
    bool may_start() const;
    void begin(std::shared_ptr<Frame> frame);
    void wait_for_memory();
    void watch_idleness(std::int64_t delay_ms);
    void emit();
    void send(Reply reply);
    void close(std::string_view why);

    Environment& environment_;
    std::shared_ptr<runtime::Connection> connection_;  // null once closed
    runtime::Reactor& reactor_;
    std::string peer_;
    std::string peer_host_;
    runtime::Endpoint advertised_;
    FrameReader frames_;
    std::deque<std::shared_ptr<Exchange>> outstanding_;  // in the order of the requests
    std::shared_ptr<Frame> held_back_;                   // came while it must not start yet
    std::unique_ptr<runtime::Timer> memory_timer_;
    std::unique_ptr<runtime::Timer> idle_timer_;
    std::int64_t last_read_ms_;
    bool pumping_ = false;
};

}  // namespace weir::kafka
