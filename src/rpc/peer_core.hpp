// A peer's state on its reactor: attempts to connect, the stream, the calls that wait for an answer.
#pragma once

#include <atomic>
#include <map>

#include "rpc/hello.hpp"
#include "rpc/peer.hpp"
#include "runtime/connector.hpp"

namespace weir::rpc {

class PeerStream;

// Everything on the reactor, but for reserve, is_connected and queued_bytes.
class PeerCore : public std::enable_shared_from_this<PeerCore> {
  public:
    PeerCore(PeerOptions options, runtime::Reactor& reactor, runtime::MemoryBudget& budget, Clock& clock,
             Random& random);

    // From any thread: room for a body that is on its way to call() or send(). Errors: busy, limit_exceeded.
    Result<void> reserve(std::size_t body_bytes);
    bool is_connected() const { return connected_; }
    std::size_t queued_bytes() const { return posted_bytes_ + held_bytes_; }

    void start();
    void stop();
    void call(Method method, Bytes body, std::int64_t timeout_ms, Called done);
    void send(Method method, Bytes body);

    // Of the stream.
    void on_ready();
    void on_answer(std::shared_ptr<Frame> frame);
    void on_stream_end(const Error& why);
    void count_held_bytes();

    runtime::Reactor& reactor() const { return reactor_; }
    const PeerOptions& options() const { return options_; }
    Hello hello() const;

  private:
    struct Call {
        Method method;
        Bytes body;  // until it is sent
        bool sent = false;
        Called done;
        std::unique_ptr<runtime::Timer> deadline;
    };

    void attempt();
    void attempt_later(std::int64_t delay_ms, const Error& why);
    void on_no_connection(const Error& why);
    bool was_up_for_a_while() const;
    void tell(StreamChange change);
    std::shared_ptr<runtime::Session> begin_stream(std::shared_ptr<runtime::Connection> connection);
    void send_request(std::uint64_t id, Call& call);
    void finish(std::uint64_t id, Result<std::shared_ptr<Frame>> result);
    void fail_calls(const Error& why);
    std::string peer_text() const;
    void refuse(Called done, Error error);
    void report(const Error& why, bool was_connected);

    const PeerOptions options_;
    runtime::Reactor& reactor_;
    runtime::MemoryBudget& budget_;
    Clock& clock_;
    Random& random_;

    std::unique_ptr<runtime::Connecting> connecting_;
    std::shared_ptr<PeerStream> stream_;  // from its connection on
    std::unique_ptr<runtime::Timer> retry_timer_;
    Backoff backoff_;
    std::uint64_t attempt_ = 0;
    std::int64_t ready_ms_ = 0;  // when the last stream was ready
    bool is_missed_ = false;     // a stream was ready, has ended, and nobody knows why
    Error last_error_;           // why there is no stream
    bool stopped_ = false;
    std::map<std::uint64_t, Call> calls_;  // by id, which is the order in which they were made
    std::uint64_t next_id_ = 1;
    std::size_t waiting_bytes_ = 0;  // of calls that wait for the stream

    std::atomic<bool> connected_{false};
    std::atomic<std::size_t> posted_bytes_{0};  // on their way to the reactor
    std::atomic<std::size_t> held_bytes_{0};    // waiting, or unsent in the connection, when last counted
};

}  // namespace weir::rpc
