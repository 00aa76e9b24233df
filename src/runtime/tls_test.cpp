// TLS connections and outgoing ones: the same behaviour as plain ones, and who is turned away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/connector.hpp"
#include "runtime/listener.hpp"
#include "support/blocking_client.hpp"
#include "support/certificates.hpp"
#include "support/raw_client.hpp"
#include "support/scripted_session.hpp"
#include "support/temporary_directory.hpp"

namespace weir::runtime {
namespace {

using test::BlockingClient;
using test::ScriptedSession;
using testing::HasSubstr;

const ScriptedSession::Script echo = [](Connection& connection, ByteView in) {
    connection.send(Bytes(in.begin(), in.end()));
};

std::string pattern(std::size_t size) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

class Listening : public testing::Test {
  protected:
    void listen(ScriptedSession::Script script, ListenerOptions options = {}) {
        options.endpoint = {"127.0.0.1", 0};
        auto opened = Listener::open(options, pool_, [this, script](std::shared_ptr<Connection> connection) {
            const auto* facts = connection->peer_certificate();
            if (facts != nullptr && !was_seen_.exchange(true)) seen_.set_value(*facts);
            return std::make_shared<ScriptedSession>(std::move(connection), script, nullptr);
        });
        ASSERT_TRUE(opened) << opened.error().message;
        listener_ = std::move(*opened);
        pool_.start();
    }
    void TearDown() override { pool_.stop(); }
    std::uint16_t port() const { return listener_->endpoint().port; }
    std::unique_ptr<BlockingClient> client(std::shared_ptr<TlsContext> tls) {
        return std::make_unique<BlockingClient>(
            pool_.at(1), ConnectOptions{.endpoint = listener_->endpoint(), .tls = std::move(tls)});
    }

    ReactorPool pool_{2};
    std::unique_ptr<Listener> listener_;
    std::promise<CertificateFacts> seen_;  // the first client's
    std::atomic<bool> was_seen_{false};
};

// What must hold for plain connections and for TLS alike.
class EitherWay : public Listening, public testing::WithParamInterface<bool> {
  protected:
    void listen_either_way(ScriptedSession::Script script) {
        listen(std::move(script), {.tls = GetParam() ? authority_.context("server") : nullptr});
    }
    std::unique_ptr<BlockingClient> client_either_way() {
        return client(GetParam() ? authority_.context("client") : nullptr);
    }
    test::TestAuthority authority_;
};
INSTANTIATE_TEST_SUITE_P(Connections, EitherWay, testing::Bool(),
                         [](const auto& each) { return each.param ? "Tls" : "Plain"; });

TEST_P(EitherWay, MegabytesGoBothWays) {
    listen_either_way(echo);
    const auto client = client_either_way();
    const auto text = pattern(5 << 20);
    client->write(text);
    EXPECT_TRUE(client->read(text.size()) == text);
}

TEST_P(EitherWay, BytesAndFileRangesLeaveInOrder) {
    test::TemporaryDirectory directory;
    std::shared_ptr<File> file = posix_file_system().open(directory.path("f"), OpenMode::create).value();
    const auto content = pattern(3 << 20);
    ASSERT_TRUE(file->write(0, as_bytes(content)));
    listen_either_way([&](Connection& connection, ByteView) {
        connection.send(Bytes{'<'});
        connection.send_file(file, 1, content.size() - 1);
        connection.send(Bytes{'|'});
        connection.send_file(file, 0, 5);
        connection.send(Bytes{'>'});
        EXPECT_EQ(connection.unsent_bytes(), content.size() + 7);
    });
    const auto client = client_either_way();
    client->write("go");
    EXPECT_TRUE(client->read(content.size() + 7) ==
                "<" + content.substr(1) + "|" + content.substr(0, 5) + ">");
}

TEST_P(EitherWay, AFileShorterThanPromisedEndsTheConnection) {
    test::TemporaryDirectory directory;
    std::shared_ptr<File> file = posix_file_system().open(directory.path("f"), OpenMode::create).value();
    ASSERT_TRUE(file->write(0, as_bytes("short")));
    listen_either_way([&](Connection& connection, ByteView) { connection.send_file(file, 0, 6); });
    const auto client = client_either_way();
    client->write("go");
    client->wait_closed();
}

TEST_P(EitherWay, NothingIsReadWhilePaused) {
    std::promise<Connection*> paused;
    listen_either_way([&](Connection& connection, ByteView in) {
        connection.send(Bytes(in.begin(), in.end()));
        if (in[0] != '1') return;
        connection.pause_reading();
        paused.set_value(&connection);
    });
    const auto client = client_either_way();
    client->write("1");
    EXPECT_EQ(client->read(1), "1");
    auto* connection = paused.get_future().get();
    client->write("2");
    connection->reactor().post([connection] { connection->resume_reading(); });
    EXPECT_EQ(client->read(1), "2");
}

TEST_P(EitherWay, TheLastWordArrives) {
    listen_either_way([](Connection& connection, ByteView) {
        connection.send(Bytes{'b', 'y', 'e'});
        connection.close();
    });
    const auto client = client_either_way();
    client->write("x");
    EXPECT_EQ(client->read(10), "bye");
    EXPECT_EQ(client->wait_closed(), "");
    pool_.stop();
    EXPECT_EQ(listener_->connections(), 0u);
}

TEST_P(EitherWay, ManyConnectionsAtOnce) {
    listen_either_way(echo);
    std::vector<std::unique_ptr<BlockingClient>> clients;
    for (int i = 0; i < 10; ++i) clients.push_back(client_either_way());
    for (int i = 0; i < 10; ++i) clients[i]->write(fmt::format("hello {}", i));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(clients[i]->read(7), fmt::format("hello {}", i));
}

class Tls : public Listening {
  protected:
    void listen_tls(ListenerOptions options = {}) {
        options.tls = authority_.context("server", {"weir://here/node/1"});
        listen(echo, options);
    }
    // What a client with this context gets to hear: it never gets an answer.
    std::string turned_away(std::shared_ptr<TlsContext> tls) {
        const auto refused = client(std::move(tls));
        refused->write("let me in");
        EXPECT_EQ(refused->read(1), "");
        return refused->wait_closed();
    }
    test::TestAuthority authority_;
};

TEST_F(Tls, EachSideLearnsWhomItTalksTo) {
    listen_tls();
    const auto client = this->client(authority_.context("client", {"weir://here/node/2", "urn:x"}));
    EXPECT_EQ(client->peer()->uris, std::vector<std::string>{"weir://here/node/1"});
    EXPECT_EQ(client->peer()->subject, "CN=server,O=weir");
    const auto seen = seen_.get_future().get();
    EXPECT_EQ(seen.uris, (std::vector<std::string>{"weir://here/node/2", "urn:x"}));
    EXPECT_EQ(seen.subject, "CN=client,O=weir");
}

TEST_F(Tls, AClientWithoutACertificateIsTurnedAway) {
    listen_tls();
    (void)turned_away(authority_.context_without_certificate());
}

TEST_F(Tls, AClientOfAnotherAuthorityIsTurnedAway) {
    listen_tls();
    const test::TestAuthority other{"another"};
    const auto own = other.certify("client");
    (void)turned_away(TlsContext::make({own.certificate, own.key, authority_.certificate()}).value());
}

TEST_F(Tls, AClientWithAnExpiredCertificateIsTurnedAway) {
    listen_tls();
    (void)turned_away(authority_.context("client", {}, test::expired_life()));
}

TEST_F(Tls, AClientTurnsAwayAServerOfAnotherAuthority) {
    listen_tls();
    const test::TestAuthority other{"another"};
    const auto refused = client(other.context("client"))->connected();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::not_authorized);
    EXPECT_THAT(refused.error().message, HasSubstr("the peer's certificate is refused: "));
}

TEST_F(Tls, AClientTurnsAwayAServerWithAnExpiredCertificate) {
    listen(echo, {.tls = authority_.context("server", {}, test::expired_life())});
    const auto refused = client(authority_.context("client"))->connected();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("certificate has expired"));
}

TEST_F(Tls, NobodyConnectsWithoutAnAuthority) {
    listen_tls();
    const auto own = authority_.certify("client");
    const auto context = TlsContext::make({.certificates = own.certificate, .key = own.key}).value();
    EXPECT_EQ(client(context)->connected().error().code, Errc::invalid_argument);
}

TEST_F(Tls, AServerWithoutAnAuthorityTakesAnyClient) {
    const auto own = authority_.certify("server");
    listen(echo, {.tls = TlsContext::make({.certificates = own.certificate, .key = own.key}).value()});
    const auto client = this->client(authority_.context_without_certificate());
    client->write("hello");
    EXPECT_EQ(client->read(5), "hello");
}

TEST_F(Tls, GarbageAndPlainProtocolsEndTheConnection) {
    listen_tls();
    for (const auto* text : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff\xff\x01\xff\xff\xff garbage"}) {
        test::RawClient stranger(port());
        stranger.write(text + std::string(17000, 'x'));
        stranger.wait_closed();
    }
}

TEST_F(Tls, ASlowHandshakeEndsTheConnection) {
    listen_tls({.handshake_timeout_ms = 20});
    test::RawClient stranger(port());
    stranger.write("\x16");
    stranger.wait_closed();
    pool_.stop();
    EXPECT_EQ(listener_->connections(), 0u);
}

TEST_F(Tls, HandshakesUnderWayAreLimited) {
    listen_tls({.max_handshakes = 1});
    test::RawClient slow(port());
    test::RawClient second(port());
    EXPECT_EQ(second.read(1), "");
}

TEST(TlsContext, SaysWhatIsWrong) {
    const test::TestAuthority authority;
    const auto one = authority.certify("one"), two = authority.certify("two");
    const auto refusal = [](const TlsMaterial& material) {
        const auto made = TlsContext::make(material);
        EXPECT_EQ(made.error().code, Errc::invalid_argument);
        return made.error().message;
    };
    EXPECT_THAT(refusal({.certificates = one.certificate, .key = two.key}),
                HasSubstr("not the certificate's"));
    EXPECT_THAT(refusal({.certificates = one.certificate}), HasSubstr("key can't be read"));
    EXPECT_THAT(refusal({.certificates = "x", .key = one.key}), HasSubstr("no certificate in PEM"));
    EXPECT_THAT(refusal({.authority = one.key}), HasSubstr("authority holds no certificate"));
}

TEST(TlsContext, ReadsFiles) {
    const test::TestAuthority authority;
    const test::TemporaryDirectory directory;
    auto& files = posix_file_system();
    const auto own = authority.certify("one", {"weir://c/node/1"});
    TlsMaterial paths{directory.path("c"), directory.path("k"), directory.path("a")};
    ASSERT_TRUE(replace_file(files, paths.certificates, as_bytes(own.certificate)));
    ASSERT_TRUE(replace_file(files, paths.key, as_bytes(own.key)));
    ASSERT_TRUE(replace_file(files, paths.authority, as_bytes(authority.certificate())));
    const auto loaded = TlsContext::load(files, paths).value();
    EXPECT_EQ(loaded->own_certificate()->uris, std::vector<std::string>{"weir://c/node/1"});
    EXPECT_TRUE(loaded->verifies_peers());
    paths.key += "x";
    const auto missing = TlsContext::load(files, paths);
    EXPECT_EQ(missing.error().code, Errc::not_found);
    EXPECT_THAT(missing.error().message, HasSubstr(paths.key));
}

TEST(Certificates, RefuseWhatTheyCannotHold) {
    EXPECT_FALSE(make_authority({.common_name = std::string(65, 'x'), .not_after_s = 1}));
    EXPECT_FALSE(make_authority({.common_name = "x", .not_before_s = 2, .not_after_s = 1}));
    EXPECT_FALSE(make_certificate({.common_name = "x", .not_after_s = 1}, {}));
    EXPECT_FALSE(read_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

class Connects : public Listening {};

TEST_F(Connects, SaysWhoDoesNotAnswer) {
    std::uint16_t closed_port = 0;
    listen(echo);
    {
        auto other = Listener::open({.endpoint = {"127.0.0.1", 0}}, pool_, nullptr).value();
        closed_port = other->endpoint().port;
        std::promise<void> stopped;
        other->stop();
        pool_.at(0).post([&] { stopped.set_value(); });
        stopped.get_future().wait();
    }
    BlockingClient client(pool_.at(1), {.endpoint = {"127.0.0.1", closed_port}});
    const auto refused = client.connected();
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_THAT(refused.error().message,
                HasSubstr(fmt::format("can't connect to 127.0.0.1:{}", closed_port)));
}

TEST_F(Connects, ByName) {
    listen(echo);
    BlockingClient client(pool_.at(1), {.endpoint = {"localhost", port()}});
    client.write("x");
    EXPECT_EQ(client.read(1), "x");
}

TEST_F(Connects, GivesUpWhenItsTimeIsOver) {
    listen(echo);  // plain: it never answers the handshake
    const test::TestAuthority authority;
    listener_->stop();
    const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(silent, 1), 0);
    ::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size);
    BlockingClient client(pool_.at(1), {.endpoint = {"127.0.0.1", ntohs(address.sin_port)},
                                        .timeout_ms = 20,
                                        .tls = authority.context("client")});
    EXPECT_EQ(client.connected().error().code, Errc::timed_out);
    ::close(silent);
}

TEST_F(Connects, SaysNothingOnceGivenUp) {
    listen(echo);
    std::promise<void> over;
    pool_.at(1).post([&] {
        auto attempt = connect(
            {.endpoint = listener_->endpoint()}, pool_.at(1),
            [](auto) -> std::shared_ptr<Session> {
                ADD_FAILURE() << "connected";
                return nullptr;
            },
            [](const Error& error) { ADD_FAILURE() << error.message; });
        attempt.reset();
        over.set_value();
    });
    over.get_future().wait();
    BlockingClient later(pool_.at(1), {.endpoint = listener_->endpoint()});
    later.write("x");
    EXPECT_EQ(later.read(1), "x");
}

}  // namespace
}  // namespace weir::runtime
