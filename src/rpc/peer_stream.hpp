// The connecting side of a stream: hello, then answers to the peer's calls.
#pragma once

#include "rpc/frame_stream.hpp"
#include "rpc/peer_core.hpp"

namespace weir::rpc {

class PeerStream final : public FrameStream {
  public:
    PeerStream(std::shared_ptr<runtime::Connection> connection, std::shared_ptr<PeerCore> core,
               runtime::MemoryBudget& budget, Clock& clock);

    void on_sent() override;

  protected:
    void on_frame(std::shared_ptr<Frame> frame) override;
    void on_end(const Error& why) override;
    void on_tick() override;

  private:
    void on_greeting(const Frame& frame);
    void on_hello(const Frame& frame);

    std::shared_ptr<PeerCore> core_;
    bool greeted_ = false;
};

}  // namespace weir::rpc
