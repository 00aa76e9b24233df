// The way from any thread to the peer's reactor, and what waits on it.
#include "rpc/peer.hpp"

#include "base/assert.hpp"
#include "rpc/peer_core.hpp"

namespace weir::rpc {

namespace {

class PeerHandle final : public Peer {
  public:
    explicit PeerHandle(std::shared_ptr<PeerCore> core) : core_(std::move(core)) {}
    ~PeerHandle() override { PeerHandle::stop(); }

    void call(Method method, Bytes body, std::int64_t timeout_ms, Called done) override {
        if (auto room = core_->reserve(body.size()); !room) {
            core_->reactor().post([done = std::move(done), error = room.error()] { done(error); });
            return;
        }
        run([core = core_, method, body = std::move(body), timeout_ms, done = std::move(done)]() mutable {
            core->call(method, std::move(body), timeout_ms, std::move(done));
        });
    }

    Result<void> send(Method method, Bytes body) override {
        if (!core_->is_connected()) return Error{Errc::unavailable, "there is no stream to the other node"};
        if (auto room = core_->reserve(body.size()); !room) return room;
        run([core = core_, method, body = std::move(body)]() mutable {
            core->send(method, std::move(body));
        });
        return {};
    }

    bool is_connected() const override { return core_->is_connected(); }
    std::size_t queued_bytes() const override { return core_->queued_bytes(); }
    void stop() override {
        core_->reactor().post([core = core_] { core->stop(); });
    }

  private:
    template <class Work>
    void run(Work work) {
        if (core_->reactor().is_current()) return work();
        core_->reactor().post(std::move(work));
    }

    std::shared_ptr<PeerCore> core_;
};

}  // namespace

Result<std::unique_ptr<Peer>> Peer::open(PeerOptions options, runtime::Reactor& reactor,
                                         runtime::MemoryBudget& budget, Clock& clock, Random& random) {
    if (auto checked = check_local_node(options.self, options.endpoint); !checked) return checked.error();
    ASSERT(options.self.incarnation != 0);  // or the streams of a machine that starts again would seem old
    auto core = std::make_shared<PeerCore>(std::move(options), reactor, budget, clock, random);
    reactor.post([core] { core->start(); });
    return std::unique_ptr<Peer>{std::make_unique<PeerHandle>(std::move(core))};
}

}  // namespace weir::rpc
