// Connections over real loopback sockets: bytes in, bytes and files out, back-pressure, closing.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <thread>

#include "runtime/listener.hpp"
#include "support/raw_client.hpp"
#include "support/scripted_session.hpp"
#include "support/temporary_directory.hpp"

namespace weir::runtime {
namespace {

using test::ScriptedSession;
using Client = test::RawClient;

class ConnectionTest : public ::testing::Test {
  protected:
    void listen(ScriptedSession::Script script, std::size_t max_connections = 100) {
        auto opened = Listener::open({.endpoint = {"127.0.0.1", 0}, .max_connections = max_connections},
                                     pool_, [this, script](std::shared_ptr<Connection> connection) {
                                         return std::make_shared<ScriptedSession>(std::move(connection),
                                                                                  script, closed_);
                                     });
        ASSERT_TRUE(opened) << opened.error().message;
        listener_ = std::move(*opened);
        pool_.start();
    }
    void TearDown() override { pool_.stop(); }
    std::uint16_t port() const { return listener_->endpoint().port; }

    ReactorPool pool_{2};
    std::promise<void>* closed_ = nullptr;
    std::unique_ptr<Listener> listener_;
};

TEST_F(ConnectionTest, EchoesToManyClients) {
    listen([](Connection& connection, ByteView in) { connection.send(Bytes(in.begin(), in.end())); });
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<Client>(port()));
    for (int i = 0; i < 20; ++i) clients[i]->write(fmt::format("hello {:02}", i));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(clients[i]->read(8), fmt::format("hello {:02}", i));
    EXPECT_EQ(listener_->connections(), 20u);
}

TEST_F(ConnectionTest, SendsBytesAndFileRangesInOrder) {
    test::TemporaryDirectory directory;
    auto opened = posix_file_system().open(directory.path("f"), OpenMode::create);
    std::shared_ptr<File> file = std::move(opened.value());
    std::string content(3 << 20, 'x');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i % 23);
    ASSERT_TRUE(file->write(0, as_bytes(content)));
    listen([&](Connection& connection, ByteView) {
        connection.send(Bytes{'<'});
        connection.send_file(file, 1, content.size() - 1);
        connection.send(Bytes{'|'});
        connection.send_file(file, 0, 5);
        connection.send(Bytes{'>'});
    });
    Client client(port());
    client.write("go");
    EXPECT_TRUE(client.read(content.size() + 7) ==
                "<" + content.substr(1) + "|" + content.substr(0, 5) + ">");
}

TEST_F(ConnectionTest, TellsTheSessionWhenThePeerGoes) {
    std::promise<void> closed;
    closed_ = &closed;
    listen([](Connection&, ByteView) {});
    {
        Client client(port());
    }
    closed.get_future().wait();
}

TEST_F(ConnectionTest, ClosesAfterTheLastWord) {
    listen([](Connection& connection, ByteView) {
        connection.send(Bytes{'b', 'y', 'e'});
        connection.close();
    });
    Client client(port());
    client.write("x");
    EXPECT_EQ(client.read(10), "bye");
}

TEST_F(ConnectionTest, ReadsNothingWhilePaused) {
    std::promise<Connection*> paused;
    listen([&](Connection& connection, ByteView in) {
        connection.send(Bytes(in.begin(), in.end()));
        if (in[0] != '1') return;
        connection.pause_reading();
        paused.set_value(&connection);
    });
    Client client(port());
    client.write("1");
    EXPECT_EQ(client.read(1), "1");
    auto* connection = paused.get_future().get();
    client.write("2");
    connection->reactor().post([connection] { connection->resume_reading(); });
    EXPECT_EQ(client.read(1), "2");
}

// It sends on without an answer, in pieces that are read several at once.
TEST_F(ConnectionTest, ReadsAllOfAStreamOfSmallPieces) {
    constexpr int pieces = 5000;
    std::string got;
    listen([&](Connection& connection, ByteView in) {
        got += as_text(in);
        if (got.size() == std::size_t{4} * pieces) connection.send(Bytes{'!'});
    });
    Client client(port());
    std::string sent;
    for (int i = 0; i < pieces; ++i) {
        const auto piece = fmt::format("{:04}", i);
        client.write(piece);
        sent += piece;
    }
    EXPECT_EQ(client.read(1), "!");
    EXPECT_EQ(got, sent);
}

TEST_F(ConnectionTest, RefusesMoreConnectionsThanItsLimit) {
    listen([](Connection& connection, ByteView in) { connection.send(Bytes(in.begin(), in.end())); }, 1);
    Client first(port());
    first.write("a");
    EXPECT_EQ(first.read(1), "a");
    Client second(port());
    EXPECT_EQ(second.read(1), "");
}

TEST(Endpoint, ParsesAndRefuses) {
    EXPECT_EQ(Endpoint::parse("localhost:9092").value().port, 9092);
    EXPECT_EQ(Endpoint::parse("[::1]:0").value().host, "::1");
    EXPECT_EQ(Endpoint::parse("[::1]:5").value().text(), "[::1]:5");
    for (const auto* wrong : {"localhost", "localhost:", "a:70000", "a:9x", "::1:9092"}) {
        EXPECT_EQ(Endpoint::parse(wrong).error().code, Errc::invalid_argument) << wrong;
    }
    EXPECT_TRUE(Endpoint::parse("127.0.0.2:1").value().is_loopback());
    EXPECT_FALSE(Endpoint::parse("0.0.0.0:1").value().is_loopback());
}

// Those of other threads, and those that its own tasks post.
TEST(Reactor, RunsWhatEachThreadPostsInItsOrder) {
    constexpr int threads = 4, tasks = 2000;
    ReactorPool pool{1};
    pool.start();
    auto& reactor = pool.at(0);
    std::array<std::vector<int>, threads> first, second;
    std::atomic<int> left{2 * threads * tasks};
    std::promise<void> done;
    const auto run = [&](std::vector<int>& order, int number) {
        order.push_back(number);
        if (--left == 0) done.set_value();
    };
    std::vector<std::jthread> posting;
    for (int thread = 0; thread < threads; ++thread) {
        posting.emplace_back([&, thread] {
            for (int number = 0; number < tasks; ++number) {
                reactor.post([&, thread, number] {
                    run(first[thread], number);
                    reactor.post([&, thread, number] { run(second[thread], number); });
                });
            }
        });
    }
    done.get_future().wait();
    for (const auto* orders : {&first, &second}) {
        for (const auto& order : *orders) EXPECT_TRUE(std::ranges::is_sorted(order));
    }
    pool.stop();
}

TEST(Reactor, DropsAtOnceWhatIsPostedAfterItsStop) {
    ReactorPool pool{1};
    pool.start();
    pool.stop();
    const auto held = std::make_shared<int>();
    pool.at(0).post([held] {});
    EXPECT_EQ(held.use_count(), 1);
}

TEST(Reactor, RunsTimersAndDropsCancelledOnes) {
    ReactorPool pool{1};
    pool.start();
    std::promise<std::string> fired;
    std::string order;
    std::unique_ptr<Timer> first, second, third;
    pool.at(0).post([&] {
        first = pool.at(0).run_after(1, [&] { order += "1"; });
        second = pool.at(0).run_after(2, [&] { order += "2"; });
        third = pool.at(0).run_after(5, [&] { fired.set_value(order); });
        second->cancel();
        pool.at(0).at_end_of_turn([&] { order += "e"; });
    });
    EXPECT_EQ(fired.get_future().get(), "e1");
    pool.stop();
}

}  // namespace
}  // namespace weir::runtime
