// Who is let in: certificates, clusters, addresses, plain text, and strangers on the port.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rpc/hello.hpp"
#include "runtime/listener.hpp"
#include "support/blocking_client.hpp"
#include "support/raw_client.hpp"
#include "support/rpc_cluster.hpp"
#include "support/scripted_session.hpp"

namespace weir::rpc {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::StartsWith;

std::string frame(FrameKind kind, const Bytes& body, std::uint16_t code = 0) {
    const auto head = encode_frame_header(header_for(kind, code, 1, body));
    return std::string{as_text(head)} + std::string{as_text(body)};
}

class Certificates : public TestCluster {
  protected:
    Certificates() : TestCluster(true) {}
    // Why a peer that comes with this gets no stream.
    std::string refusal(std::shared_ptr<runtime::TlsContext> tls) {
        auto options = peer_options();
        options.self.tls = std::move(tls);
        connect(options);
        const auto answer = call(echo);
        EXPECT_FALSE(answer);
        return text(answer);
    }
    std::string own_uri(NodeId id) { return certified_uri({cluster_id, id}); }
};

TEST_F(Certificates, OfAnotherAuthorityAreRefused) {
    serve();
    const TestAuthority other{"other"};
    EXPECT_THAT(refusal(other.context("node", {own_uri(peer_node)})), HasSubstr("certificate is refused"));
}

TEST_F(Certificates, OfAnotherAuthorityAreRefusedByTheServerToo) {
    serve();
    const TestAuthority other{"other"};
    const auto own = other.certify("node", {own_uri(peer_node)});
    EXPECT_THAT(
        refusal(runtime::TlsContext::make({own.certificate, own.key, authority_.certificate()}).value()),
        StartsWith("unavailable: node 1: "));
}

TEST_F(Certificates, ThatHaveExpiredAreRefused) {
    serve();
    EXPECT_THAT(refusal(authority_.context("node", {own_uri(peer_node)}, expired_life())),
                StartsWith("unavailable: node 1: "));
}

TEST_F(Certificates, OfAServerThatHaveExpiredAreRefused) {
    auto options = server_options();
    options.node.tls = authority_.context("node", {own_uri(server_node)}, expired_life());
    serve(options);
    EXPECT_THAT(refusal(node(peer_node).tls), HasSubstr("certificate has expired"));
}

TEST_F(Certificates, MustBeTheOwnNodes) {
    serve();
    const auto opens = [&](std::shared_ptr<runtime::TlsContext> tls) {
        auto options = peer_options();
        options.self.tls = std::move(tls);
        return Peer::open(options, pool_.at(1), budget_, system_clock(), system_random());
    };
    const auto another = opens(node(other_node).tls);
    EXPECT_EQ(another.error().code, Errc::invalid_argument);
    EXPECT_THAT(another.error().message, HasSubstr("is not that of " + own_uri(peer_node)));
    EXPECT_THAT(opens(authority_.context_without_certificate()).error().message,
                HasSubstr("needs its certificate"));
}

// Nodes that lie: they have the certificate of one node and say that they are another, which weir's own Peer
// and Server never do.
class Liar : public Certificates {
  protected:
    Hello claim(NodeId from, NodeId to) {
        return {.cluster_id = cluster_id, .from = from, .to = to, .incarnation = 1, .attempt = 1};
    }
};

TEST_F(Liar, WithAnotherNodesIdentityIsRefused) {
    serve();
    BlockingClient liar(pool_.at(0), {.endpoint = server_->endpoint(), .tls = node(other_node).tls});
    liar.write(frame(FrameKind::hello, encode_hello(claim(peer_node, server_node))));
    const auto head = decode_frame_header(as_bytes(liar.read(frame_header_bytes))).value();
    EXPECT_EQ(head.kind, FrameKind::error);
    EXPECT_THAT(liar.read(head.body_bytes), HasSubstr("is not that of " + own_uri(peer_node)));
    EXPECT_EQ(liar.read(1), "");
}

TEST_F(Liar, AServerThatClaimsAnotherNodesIdentityIsRefused) {
    auto liar = runtime::Listener::open(
        {.endpoint = {"127.0.0.1", 0}, .tls = node(other_node).tls}, pool_, [this](auto connection) {
            connection->send(bytes_of(frame(FrameKind::hello, encode_hello(claim(server_node, peer_node)))));
            return std::make_shared<ScriptedSession>(std::move(connection), [](auto&, auto) {}, nullptr);
        });
    auto options = peer_options();
    options.endpoint = (*liar)->endpoint();
    connect(options);
    EXPECT_THAT(text(call(echo)), HasSubstr("is not that of " + own_uri(server_node)));
    EXPECT_FALSE(peer_->is_connected());
}

TEST_F(Certificates, OfAnotherNodeAtTheAddressAreRefused) {
    auto options = server_options();
    options.node = node(other_node);
    serve(options);
    EXPECT_EQ(refusal(node(peer_node).tls),
              "unavailable: node 1: it refuses: node 2 wants node 1 at the address of node 3");
}

TEST_F(Certificates, AreDemanded) {
    serve();
    auto options = peer_options();
    options.self.tls = nullptr;
    connect(options);
    EXPECT_THAT(text(call(echo)), StartsWith("unavailable: "));
}

class Hellos : public TestCluster {};

TEST_F(Hellos, OfAnotherClusterAreRefused) {
    serve();
    auto options = peer_options();
    options.self.cluster_id = Uuid::from_random(3, 4);
    connect(options);
    EXPECT_THAT(text(call(echo)),
                HasSubstr("it refuses: node 2 is of cluster " + options.self.cluster_id.text() +
                          ", but this node is of cluster " + cluster_id.text()));
}

TEST_F(Hellos, ForAnotherNodeAreRefused) {
    serve();
    auto options = peer_options();
    options.node = other_node;
    connect(options);
    EXPECT_EQ(text(call(echo)),
              "unavailable: node 3: it refuses: node 2 wants node 3 at the address of node 1");
}

TEST_F(Hellos, FromTheNodeItselfAreRefused) {
    serve();
    auto options = peer_options();
    options.self.id = server_node;
    connect(options);
    EXPECT_THAT(text(call(echo)), HasSubstr("called by another node of the same number"));
    options.stream = first_command_stream;  // a command's
    connect(options);
    EXPECT_EQ(text(call(echo, bytes_of("hello"))), "hello");
}

TEST_F(Hellos, NeedACommonVersion) {
    Hello hello{.lowest_version = 2,
                .highest_version = 3,
                .cluster_id = cluster_id,
                .from = peer_node,
                .to = server_node};
    EXPECT_EQ(check_hello(node(server_node), hello, nullptr).error().code, Errc::unsupported);
    hello.lowest_version = 1;
    EXPECT_EQ(check_hello(node(server_node), hello, nullptr).value(), 1);
}

TEST_F(Hellos, PlainTextStaysOnThisMachine) {
    auto options = server_options();
    options.endpoint = {"0.0.0.0", 0};
    const auto refused = Server::open(options, methods(), budget_, pool_, system_clock());
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr("set insecure"));
    options.node.insecure = true;
    EXPECT_TRUE(Server::open(options, methods(), budget_, pool_, system_clock()));
    auto to = peer_options();
    to.endpoint = {"broker.example", 9};
    EXPECT_FALSE(Peer::open(to, pool_.at(1), budget_, system_clock(), system_random()));
}

// Whoever reaches a plain port, writing bytes by hand.
class Strangers : public TestCluster {
  protected:
    std::string hello(std::uint64_t attempt, std::uint64_t incarnation = 1) {
        return frame(FrameKind::hello, encode_hello({.cluster_id = cluster_id,
                                                     .from = peer_node,
                                                     .to = server_node,
                                                     .incarnation = incarnation,
                                                     .attempt = attempt}));
    }
    std::unique_ptr<RawClient> stranger() { return std::make_unique<RawClient>(server_->endpoint().port); }
    // The kind of the next frame that comes; nothing if the stream ends.
    static std::optional<FrameKind> next(RawClient& client) {
        const auto head = client.read(frame_header_bytes);
        if (head.size() < frame_header_bytes) return std::nullopt;
        const auto header = decode_frame_header(as_bytes(head)).value();
        (void)client.read(header.body_bytes);
        return header.kind;
    }
    std::unique_ptr<RawClient> greeted(std::uint64_t attempt = 1) {
        auto client = stranger();
        client->write(hello(attempt));
        EXPECT_EQ(next(*client), FrameKind::hello);
        return client;
    }
};

TEST_F(Strangers, ThatSendGarbageAreDisconnected) {
    serve();
    for (const auto& garbage :
         {std::string{"GET / HTTP/1.1\r\n\r\nsomething more\r\n"}, std::string(100, '\0')}) {
        const auto client = stranger();
        client->write(garbage);
        EXPECT_EQ(next(*client), std::nullopt);
    }
}

TEST_F(Strangers, MustSayHelloFirstAndBriefly) {
    serve();
    for (const auto& wrong :
         {frame(FrameKind::request, {}, 1), frame(FrameKind::hello, Bytes(max_hello_bytes + 1))}) {
        const auto client = stranger();
        client->write(wrong);
        EXPECT_EQ(next(*client), std::nullopt);
    }
    const auto client = stranger();
    client->write(frame(FrameKind::hello, Bytes(10)));
    EXPECT_EQ(next(*client), FrameKind::error);
    EXPECT_EQ(next(*client), std::nullopt);
}

TEST_F(Strangers, MustSayHelloInTime) {
    auto options = server_options();
    options.hello_timeout_ms = 20;
    serve(options);
    const auto client = stranger();
    client->write(hello(1).substr(0, 40));
    EXPECT_EQ(next(*client), std::nullopt);
}

TEST_F(Strangers, ThatFallSilentAreDisconnected) {
    auto options = server_options();
    options.silence_limit_ms = 50;
    serve(options);
    EXPECT_EQ(next(*greeted()), std::nullopt);
}

TEST_F(Strangers, ThatSendTooMuchOrDamagedFramesAreDisconnected) {
    serve();
    auto header = header_for(FrameKind::request, 1, 1, {});
    header.body_bytes = 0x80000000;
    auto damaged = frame(FrameKind::request, bytes_of("body"), 1);
    damaged.back() ^= 1;
    for (const auto& wrong : {std::string{as_text(encode_frame_header(header))}, damaged,
                              frame(FrameKind::reply, {}), frame(FrameKind::hello, {})}) {
        const auto client = greeted();
        client->write(wrong);
        EXPECT_EQ(next(*client), std::nullopt);
        server_.reset();
        serve();
    }
}

TEST_F(Strangers, ANewStreamEndsTheOldOneFirst) {
    serve();
    const auto old = greeted(1);
    old->write(frame(FrameKind::message, bytes_of("old"), note.value));
    (void)wait_notes(1);
    const auto fresh = greeted(2);
    EXPECT_EQ(next(*old), std::nullopt);
    fresh->write(frame(FrameKind::ping, {}));
    EXPECT_EQ(next(*fresh), FrameKind::pong);
}

TEST_F(Strangers, AStreamThatComesTooLateIsRefused) {
    serve();
    const auto fresh = greeted(2);
    const auto late = stranger();
    late->write(hello(1));
    EXPECT_EQ(next(*late), FrameKind::error);
    EXPECT_EQ(next(*late), std::nullopt);
    fresh->write(frame(FrameKind::ping, {}));
    EXPECT_EQ(next(*fresh), FrameKind::pong);
    const auto restarted = stranger();  // another run of the node counts anew
    restarted->write(hello(1, 2));
    EXPECT_EQ(next(*restarted), FrameKind::hello);
}

// A server that greets well and then says nothing: its machine has gone, and nobody told the caller.
TEST_F(Strangers, APeerNoticesThatTheOtherNodeIsGone) {
    auto silent = runtime::Listener::open({.endpoint = {"127.0.0.1", 0}}, pool_, [this](auto connection) {
        connection->send(
            bytes_of(frame(FrameKind::hello,
                           encode_hello({.cluster_id = cluster_id, .from = server_node, .to = peer_node}))));
        return std::make_shared<ScriptedSession>(std::move(connection), [](auto&, auto) {}, nullptr);
    });
    auto options = peer_options();
    options.endpoint = (*silent)->endpoint();
    options.silence_limit_ms = 50;
    connect(options);
    EXPECT_THAT(text(call(echo)), StartsWith("outcome_unknown: node 1: nothing was heard for "));
    watch_.wait_downs(1);
}

}  // namespace
}  // namespace weir::rpc
