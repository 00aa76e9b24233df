// The accepting side of a stream: hello, then requests and messages to their handlers.
#pragma once

#include "rpc/frame_stream.hpp"
#include "rpc/hello.hpp"
#include "rpc/server.hpp"
#include "rpc/stream_table.hpp"

namespace weir::rpc {

// What all streams of a server share.
struct ServerContext {
    ServerOptions options;
    Methods methods;
    runtime::MemoryBudget& budget;
    Clock& clock;
    StreamTable streams;
};

class ServerStream final : public FrameStream {
  public:
    ServerStream(std::shared_ptr<runtime::Connection> connection, std::shared_ptr<ServerContext> context);

    // On the stream's reactor; does nothing once the stream has ended.
    void answer(FrameKind kind, std::uint16_t code, std::uint64_t id, Bytes body,
                std::vector<runtime::FileRange> ranges);

  protected:
    void on_frame(std::shared_ptr<Frame> frame) override;
    void on_end(const Error& why) override;
    bool is_ready() const override;

  private:
    enum class State { greeting, waiting, serving };  // waiting: for an older stream of the same node to end

    void on_hello(const Frame& frame);
    void refuse(const Error& why);
    void begin();
    void on_request(std::shared_ptr<Frame> frame);
    void on_message(std::shared_ptr<Frame> frame);
    std::shared_ptr<ServerStream> self() {
        return std::static_pointer_cast<ServerStream>(shared_from_this());
    }

    std::shared_ptr<ServerContext> context_;
    State state_ = State::greeting;
    Hello hello_;  // the peer's
    std::size_t outstanding_ = 0;
};

}  // namespace weir::rpc
