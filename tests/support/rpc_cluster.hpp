// Two nodes in one process for the tests of calls: a server, a peer that calls it, certificates for both.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <map>

#include "rpc/peer.hpp"
#include "rpc/server.hpp"
#include "support/certificates.hpp"

namespace weir::test {

using namespace rpc;

inline constexpr NodeId server_node{1}, peer_node{2}, other_node{3};
inline constexpr Method echo{1}, hold{2}, refuse_it{3}, forget{4}, note{5};

inline Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

// Waits for a peer's streams to come and go.
class StreamWatch {
  public:
    void note(StreamChange change) {
        const std::lock_guard lock{mutex_};
        ++counts_[change];
        changed_.notify_all();
    }
    void wait(StreamChange change, int count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return counts_[change] >= count; });
    }
    void wait_ups(int count) { wait(StreamChange::ready, count); }
    void wait_downs(int count) { wait(StreamChange::ended, count); }
    int count(StreamChange change) {
        const std::lock_guard lock{mutex_};
        return counts_[change];
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<StreamChange, int> counts_;
};

class TestCluster : public testing::Test {
  protected:
    explicit TestCluster(bool tls = false) : tls_(tls) { pool_.start(); }
    void TearDown() override { stop_all(); }
    // Also for tests whose handlers refer to what the test owns.
    void stop_all() {
        peer_.reset();
        server_.reset();
        pool_.stop();
    }

    LocalNode node(NodeId id) {
        LocalNode made{.cluster_id = cluster_id, .id = id, .incarnation = 1, .tls = nullptr};
        if (tls_) made.tls = authority_.context("node", {certified_uri({cluster_id, id})});
        return made;
    }
    ServerOptions server_options() { return {.node = node(server_node), .endpoint = {"127.0.0.1", 0}}; }
    PeerOptions peer_options() {
        return {.self = node(peer_node),
                .node = server_node,
                .endpoint = server_ ? server_->endpoint() : runtime::Endpoint{},
                .backoff = {.first_ms = 1, .max_ms = 5},
                .on_change = [this](StreamChange change) { watch_.note(change); }};
    }
    // What the tests' server answers.
    Methods methods() {
        Methods made;
        made.on_request(echo, [](auto request) {
            const auto body = request->body();
            request->reply({body.begin(), body.end()});
        });
        made.on_request(hold, [this](auto request) { hold_request(std::move(request)); });
        made.on_request(refuse_it, [](auto request) { request->fail({Errc::not_leader, "ask node 7"}); });
        made.on_request(forget, [](auto request) { request.reset(); });
        made.on_message(note, [this](NodeId from, std::shared_ptr<Frame> message) {
            const std::lock_guard lock{mutex_};
            notes_.emplace_back(from, std::string{as_text(message->body())});
            changed_.notify_all();
        });
        return made;
    }
    void serve(ServerOptions options) {
        auto opened = Server::open(std::move(options), methods(), budget_, pool_, system_clock());
        ASSERT_TRUE(opened) << opened.error().message;
        server_ = std::move(*opened);
    }
    void serve() { serve(server_options()); }
    void connect(PeerOptions options) {
        auto opened = Peer::open(std::move(options), pool_.at(1), budget_, system_clock(), system_random());
        ASSERT_TRUE(opened) << opened.error().message;
        peer_ = std::move(*opened);
    }
    void connect() { connect(peer_options()); }

    using Answer = Result<std::shared_ptr<Frame>>;
    std::future<Answer> begin_call(Method method, Bytes body = {}, std::int64_t timeout_ms = 60'000) {
        auto promise = std::make_shared<std::promise<Answer>>();
        peer_->call(method, std::move(body), timeout_ms,
                    [promise](Answer answer) { promise->set_value(answer); });
        return promise->get_future();
    }
    Answer call(Method method, Bytes body = {}, std::int64_t timeout_ms = 60'000) {
        return begin_call(method, std::move(body), timeout_ms).get();
    }
    // The text of an answer, or the error's name and message.
    static std::string text(const Answer& answer) {
        if (answer) return std::string{as_text((*answer)->body())};
        return fmt::format("{}: {}", name(answer.error().code), answer.error().message);
    }

    void hold_request(std::shared_ptr<Request> request) {
        const std::lock_guard lock{mutex_};
        held_.push_back(std::move(request));
        changed_.notify_all();
    }
    // Once so many are held.
    std::vector<std::shared_ptr<Request>> take_held(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return held_.size() >= count; });
        return std::exchange(held_, {});
    }
    std::vector<std::pair<NodeId, std::string>> wait_notes(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return notes_.size() >= count; });
        return notes_;
    }

    const Uuid cluster_id = Uuid::from_random(1, 2);
    TestAuthority authority_;
    runtime::MemoryBudget budget_{std::size_t{256} << 20};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::shared_ptr<Request>> held_;
    std::vector<std::pair<NodeId, std::string>> notes_;
    StreamWatch watch_;
    runtime::ReactorPool pool_{2};
    std::unique_ptr<Server> server_;
    std::unique_ptr<Peer> peer_;
    bool tls_;
};

}  // namespace weir::test
