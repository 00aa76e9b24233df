// Another node, as seen from this one: an ordered stream to it that is set up again when it breaks.
#pragma once

#include <functional>
#include <memory>

#include "base/time.hpp"
#include "rpc/backoff.hpp"
#include "rpc/frame.hpp"
#include "rpc/local_node.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/reactor.hpp"

namespace weir::rpc {

// What has become of the stream. `refused`: after one that was ready has ended, the machine answers that
// nobody listens at the endpoint any more, so the process that was there is gone. Told once after an `ended`;
// never if there is no answer, as when packets are lost.
enum class StreamChange { ready, ended, refused };

struct PeerOptions {
    LocalNode self;
    NodeId node;  // whom to expect at the endpoint
    runtime::Endpoint endpoint;
    // Which of the streams between the two nodes: of those with the same number there is only one at a time.
    std::uint32_t stream = 0;
    std::size_t max_body_bytes = std::size_t{64} << 20;    // of a frame, either way
    std::size_t max_queued_bytes = std::size_t{64} << 20;  // not yet taken by the kernel
    std::size_t max_calls = 512;                           // not yet answered
    std::int64_t connect_timeout_ms = 5000;  // for connection and TLS; then once more for the hello
    std::int64_t silence_limit_ms = 5000;    // a node of which nothing is heard for so long is gone
    BackoffOptions backoff;
    std::function<void(StreamChange)> on_change;  // on the reactor
};

// The answer of a call. Errors: what the other node's handler said; unavailable (not sent), outcome_unknown
// (the stream broke: it may have been handled or not), timed_out (likewise), busy (max_queued_bytes or
// max_calls), limit_exceeded (the body is too long), shutting_down.
using Called = std::function<void(Result<std::shared_ptr<Frame>>)>;

// Safe from any thread; callbacks come on the reactor. What one thread sends arrives in that order or not at
// all; nothing of an older stream is handled by the other node once a newer one is ready.
class Peer {
  public:
    // As stop(). Must go before the reactor's pool.
    virtual ~Peer() = default;

    // Begins to connect at once. Errors: those of check_local_node.
    static Result<std::unique_ptr<Peer>> open(PeerOptions options, runtime::Reactor& reactor,
                                              runtime::MemoryBudget& budget, Clock& clock, Random& random);

    // Called back exactly once, never within this call. Waits while the stream is being set up; fails at once
    // between two attempts.
    virtual void call(Method method, Bytes body, std::int64_t timeout_ms, Called done) = 0;
    // Sends a message and forgets it: it is lost if the stream breaks. Errors: unavailable (there is no
    // stream), busy, limit_exceeded: it was not sent.
    virtual Result<void> send(Method method, Bytes body) = 0;

    virtual bool is_connected() const = 0;
    virtual std::size_t queued_bytes() const = 0;
    // Ends the stream; all calls fail. `on_change` is not called any more once this has been done on the
    // reactor.
    virtual void stop() = 0;
};

}  // namespace weir::rpc
