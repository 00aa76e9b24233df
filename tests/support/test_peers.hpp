// The network between nodes in one process, for tests: what is called and sent arrives by the shared
// executor, unless the test has cut the node off.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "cluster/peers.hpp"
#include "rpc/frame_reader.hpp"
#include "support/manual_timed_executor.hpp"

namespace weir::test {

// A frame with this body, as an answer is given in.
inline std::shared_ptr<rpc::Frame> reply_frame(ByteView body) {
    static runtime::MemoryBudget budget{std::size_t{1} << 30};
    auto bytes = rpc::encode_frame_header(rpc::header_for(rpc::FrameKind::reply, 0, 1, body));
    bytes.insert(bytes.end(), body.begin(), body.end());
    rpc::FrameReader reader{std::size_t{64} << 20, budget};
    for (ByteView rest{bytes}; !rest.empty();) {
        const auto into = reader.buffer();
        const auto count = std::min(into.size(), rest.size());
        std::copy_n(rest.begin(), count, into.begin());
        rest = rest.subspan(count);
        reader.received(count);
    }
    return *reader.next();
}

// Who answers what; shared by the peers of all nodes.
class TestNetwork {
  public:
    using Answer = std::function<void(Result<Bytes>)>;
    struct Endpoint {
        std::function<void(rpc::Method, NodeId from, ByteView body, Answer)> call;
        std::function<void(NodeId from, ByteView message)> message;
    };
    explicit TestNetwork(ManualTimedExecutor& executor) : executor_(executor) {}

    void serve(NodeId node, Endpoint endpoint) { endpoints_[node] = std::move(endpoint); }
    // Nothing comes from there any more, nor goes there.
    void cut_off(NodeId node) { cut_off_.insert(node); }
    void reconnect(NodeId node) { cut_off_.erase(node); }
    // It hears and says nothing, and nobody is told so.
    void silence(NodeId node) { silent_.insert(node); }

    void call(NodeId from, NodeId to, rpc::Method method, Bytes body, rpc::Called done) {
        ++calls;
        if (silent_.contains(from) || silent_.contains(to)) return held_.push_back(std::move(done));
        executor_.post([this, from, to, method, body = std::move(body), done = std::move(done)] {
            const auto* there = reached(from, to);
            if (there == nullptr || !there->call)
                return done(Error{Errc::unavailable, "there is no way to that node"});
            there->call(method, from, body, [this, from, to, done](const Result<Bytes>& answer) {
                executor_.post([this, from, to, done, answer] { reply(from, to, answer, done); });
            });
        });
    }
    void send(NodeId from, NodeId to, Bytes message) {
        if (silent_.contains(from) || silent_.contains(to)) return;
        executor_.post([this, from, to, message = std::move(message)] {
            const auto* there = reached(from, to);
            if (there != nullptr && there->message) there->message(from, message);
        });
    }

    int calls = 0;

  private:
    const Endpoint* reached(NodeId from, NodeId to) const {
        if (cut_off_.contains(from) || cut_off_.contains(to)) return nullptr;
        const auto found = endpoints_.find(to);
        return found == endpoints_.end() ? nullptr : &found->second;
    }
    void reply(NodeId from, NodeId to, const Result<Bytes>& answer, const rpc::Called& done) const {
        if (reached(from, to) == nullptr) return done(Error{Errc::outcome_unknown, "the stream broke"});
        if (!answer) return done(answer.error());
        done(reply_frame(*answer));
    }

    ManualTimedExecutor& executor_;
    std::map<NodeId, Endpoint> endpoints_;
    std::set<NodeId> cut_off_, silent_;
    std::vector<rpc::Called> held_;  // never called
};

class TestPeers final : public cluster::Peers {
  public:
    TestPeers(NodeId self, TestNetwork& network) : self_(self), network_(network) {}

    void set_address(const cluster::NodeAddress& address) override { addresses_[address.node] = address; }
    void set_addresses(const metadata::NodeMap&) override {}
    std::optional<cluster::NodeAddress> address(NodeId node) const override {
        const auto found = addresses_.find(node);
        return found == addresses_.end() ? std::nullopt : std::optional{found->second};
    }
    void call(NodeId node, rpc::Method method, Bytes body, std::int64_t, rpc::Called done) override {
        network_.call(self_, node, method, std::move(body), std::move(done));
    }
    void send(NodeId to, const std::string&, Bytes message) override {
        network_.send(self_, to, std::move(message));
    }
    void on_stream(OnStream told) override { told_ = std::move(told); }
    void stop() override {}

    void break_connection(NodeId node) const { tell(node, rpc::StreamChange::ended); }
    // As when the node's process ends.
    void lose_process(NodeId node) const {
        tell(node, rpc::StreamChange::ended);
        tell(node, rpc::StreamChange::refused);
    }

  private:
    void tell(NodeId node, rpc::StreamChange change) const {
        if (told_) told_(node, change);
    }

    const NodeId self_;
    TestNetwork& network_;
    std::map<NodeId, cluster::NodeAddress> addresses_;
    OnStream told_;
};

}  // namespace weir::test
