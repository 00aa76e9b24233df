// What handlers of incoming calls are given, and the table of them.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/executor.hpp"
#include "rpc/frame.hpp"
#include "runtime/connection.hpp"

namespace weir::rpc {

class ServerStream;

// One call of another node's. Safe from any thread; whoever lets go of it without an answer answers
// `internal`.
class Request {
  public:
    Request(std::shared_ptr<ServerStream> stream, NodeId from, std::shared_ptr<Frame> frame);
    ~Request();
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    NodeId from() const { return from_; }  // authenticated, where the server has a certificate
    ByteView body() const { return frame_->body(); }
    const std::shared_ptr<Frame>& frame() const { return frame_; }

    // One of these, once; does nothing if the stream has ended. `ranges` follow the bytes, unread and with no
    // checksum but what lies in them; all together is at most the peer's max_body_bytes.
    void reply(Bytes body, std::vector<runtime::FileRange> ranges = {});
    void fail(const Error& error);

  private:
    void answer(FrameKind kind, std::uint16_t code, Bytes body, std::vector<runtime::FileRange> ranges);

    std::shared_ptr<ServerStream> stream_;  // null once answered
    runtime::Reactor& reactor_;
    NodeId from_;
    std::shared_ptr<Frame> frame_;
};

// Called on the connection's reactor (but see Methods::add), in the order in which the frames were sent.
using RequestHandler = std::function<void(std::shared_ptr<Request>)>;
using MessageHandler = std::function<void(NodeId from, std::shared_ptr<Frame> message)>;

// Filled before the server starts, and not changed after.
class Methods {
  public:
    // Each method once.
    void on_request(Method method, RequestHandler handler);
    void on_message(Method method, MessageHandler handler);
    // Those of others, to be called on `executor`, in the order in which their frames were sent.
    void add(Methods others, Executor& executor);

    const RequestHandler* request_handler(Method method) const;  // null if there is none
    const MessageHandler* message_handler(Method method) const;

  private:
    std::unordered_map<Method, RequestHandler> requests_;
    std::unordered_map<Method, MessageHandler> messages_;
};

}  // namespace weir::rpc
