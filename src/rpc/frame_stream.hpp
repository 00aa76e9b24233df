// One connection that carries frames: what both of its sides have in common.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "rpc/frame_reader.hpp"
#include "runtime/connection.hpp"

namespace weir::rpc {

struct FrameStreamOptions {
    std::size_t max_body_bytes = 0;     // once the peer is known
    std::int64_t hello_timeout_ms = 0;  // for the peer to say who it is
    std::int64_t silence_limit_ms = 0;  // a peer of which nothing is heard for so long is gone
};

// Lives on its connection's reactor, as all its calls do.
class FrameStream : public runtime::Session, public std::enable_shared_from_this<FrameStream> {
  public:
    FrameStream(std::shared_ptr<runtime::Connection> connection, const FrameStreamOptions& options,
                runtime::MemoryBudget& budget, Clock& clock);

    // Called once, when a shared_ptr holds the stream.
    void start();
    // Ignored once the stream has ended.
    void send(FrameKind kind, std::uint16_t code, std::uint64_t id, Bytes body = {},
              std::vector<runtime::FileRange> ranges = {});
    // Ends the stream; what was sent before still leaves if the kernel takes it at once.
    void close(Error why);

    bool is_open() const { return connection_ != nullptr; }
    bool has_ended() const { return ended_; }  // from any thread
    std::size_t unsent_bytes() const { return connection_ ? connection_->unsent_bytes() : 0; }
    runtime::Reactor& reactor() const { return reactor_; }
    const std::string& peer_text() const { return peer_text_; }

    ByteSpan read_buffer() override { return frames_.buffer(); }
    void on_read(std::size_t count) override;
    void on_sent() override { pump(); }
    void on_closed() override;

  protected:
    virtual void on_frame(std::shared_ptr<Frame> frame) = 0;
    // The last call.
    virtual void on_end(const Error& why) = 0;
    // Whether another frame may be handled now. Who answers no calls pump() when that may have changed.
    virtual bool is_ready() const { return true; }
    // Comes a few times within each silence limit.
    virtual void on_tick() {}

    void pump();
    // The peer's hello has come and is good.
    void admit_peer();
    std::int64_t silent_ms() const { return clock_.monotonic_ms() - last_life_ms_; }
    const runtime::CertificateFacts* peer_certificate() const { return connection_->peer_certificate(); }

  private:
    void tick();
    void watch_silence();
    void wait_for_memory();

    std::shared_ptr<runtime::Connection> connection_;  // null once closed
    runtime::Reactor& reactor_;
    const std::string peer_text_;
    const FrameStreamOptions options_;
    Clock& clock_;
    FrameReader frames_;
    std::int64_t last_life_ms_;
    std::size_t stuck_bytes_ = 0;  // that were unsent at the last tick
    std::unique_ptr<runtime::Timer> hello_timer_;
    std::unique_ptr<runtime::Timer> silence_timer_;
    std::unique_ptr<runtime::Timer> memory_timer_;
    std::optional<Error> end_;  // why this side closed it
    bool pumping_ = false;
    std::atomic<bool> ended_{false};
};

}  // namespace weir::rpc
