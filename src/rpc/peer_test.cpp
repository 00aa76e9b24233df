// Calls and messages between two nodes: answers, order, limits, deadlines, and streams that break.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/listener.hpp"
#include "support/manual_executor.hpp"
#include "support/rpc_cluster.hpp"
#include "support/scripted_session.hpp"
#include "support/temporary_directory.hpp"

namespace weir::rpc {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::StartsWith;

class Calls : public TestCluster, public testing::WithParamInterface<bool> {
  protected:
    Calls() : TestCluster(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(Rpc, Calls, testing::Bool(),
                         [](const auto& each) { return each.param ? "Tls" : "Plain"; });

TEST_P(Calls, AreAnswered) {
    serve();
    connect();
    EXPECT_EQ(text(call(echo, bytes_of("hello"))), "hello");
    EXPECT_EQ(text(call(echo)), "");
    EXPECT_EQ(text(call(refuse_it)), "not_leader: ask node 7");
    EXPECT_EQ(text(call(forget)), "internal: nobody answered");
    EXPECT_EQ(text(call(Method{99})), "unsupported: node 1 knows no method 99");
    EXPECT_TRUE(peer_->is_connected());
}

TEST_P(Calls, CarryMegabytes) {
    serve();
    connect();
    Bytes body(9 << 20);
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<std::uint8_t>(i * 7);
    const auto answer = call(echo, body);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::ranges::equal((*answer)->body(), body));
}

TEST_P(Calls, MayBeAnsweredWithRangesOfFiles) {
    test::TemporaryDirectory directory;
    std::shared_ptr<runtime::File> file =
        runtime::posix_file_system().open(directory.path("f"), runtime::OpenMode::create).value();
    const std::string content(2 << 20, 'f');
    ASSERT_TRUE(file->write(0, as_bytes(content + "end")));
    serve();
    connect();
    auto answer = begin_call(hold);
    take_held(1)[0]->reply(bytes_of("head"), {{file, 0, content.size()}, {file, content.size(), 3}});
    const auto frame = answer.get().value();
    EXPECT_EQ(as_text(frame->checked()), "head");
    EXPECT_TRUE(as_text(frame->unchecked()) == content + "end");
}

TEST_P(Calls, AreAnsweredInAnyOrderFromAnyThread) {
    serve();
    connect();
    constexpr std::size_t count = 200;
    std::vector<std::future<Answer>> answers;
    for (std::size_t i = 0; i < count; ++i) answers.push_back(begin_call(hold, bytes_of(std::to_string(i))));
    auto held = take_held(count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(as_text(held[i]->body()), std::to_string(i));
    while (!held.empty()) {
        const auto body = held.back()->body();
        held.back()->reply({body.begin(), body.end()});
        held.pop_back();
    }
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(text(answers[i].get()), std::to_string(i));
}

TEST_P(Calls, MessagesArriveInOrder) {
    serve();
    connect();
    watch_.wait_ups(1);
    constexpr std::size_t count = 5000;
    for (std::size_t i = 0; i < count; ++i) {
        Bytes body = bytes_of(std::to_string(i));
        if (i % 1000 == 7) body.resize(1 << 20, ' ');
        ASSERT_TRUE(peer_->send(note, std::move(body)));
    }
    const auto notes = wait_notes(count);
    for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(notes[i].first, peer_node);
        EXPECT_EQ(std::stoul(notes[i].second), i);
    }
}

TEST_P(Calls, ThatTakeTooLongFailAndTheirLateAnswerIsDropped) {
    serve();
    connect();
    watch_.wait_ups(1);  // or the request may never leave
    EXPECT_EQ(text(call(hold, {}, 20)), "timed_out: node 1 did not answer within 20 ms");
    take_held(1)[0]->reply(bytes_of("late"));
    EXPECT_EQ(text(call(echo, bytes_of("next"))), "next");
}

TEST_P(Calls, WhoseStreamBreaksHaveAnUnknownOutcome) {
    serve();
    connect();
    auto pending = begin_call(hold);
    const auto held = take_held(1);
    const auto endpoint = server_->endpoint();
    server_.reset();
    EXPECT_THAT(text(pending.get()), StartsWith("outcome_unknown: node 1: "));
    watch_.wait_downs(1);
    held[0]->reply(bytes_of("nobody hears this"));

    auto options = server_options();
    options.endpoint = endpoint;
    serve(options);
    watch_.wait_ups(2);
    EXPECT_EQ(text(call(echo, bytes_of("again"))), "again");
}

TEST_P(Calls, ToANodeThatIsAwayFailAtOnce) {
    serve();
    connect();
    watch_.wait_ups(1);
    server_.reset();
    watch_.wait_downs(1);
    EXPECT_THAT(text(call(echo)), StartsWith("unavailable: node 1: "));
    EXPECT_EQ(peer_->send(note, {}).error().code, Errc::unavailable);
}

TEST_P(Calls, ANodeThatRefusesAfterItsStreamHasEndedIsGone) {
    serve();
    const auto endpoint = server_->endpoint();
    connect();
    for (int times = 1; times <= 2; ++times) {
        watch_.wait_ups(times);
        server_.reset();
        watch_.wait(StreamChange::refused, times);
        EXPECT_EQ(watch_.count(StreamChange::ended), times);
        auto options = server_options();
        options.endpoint = endpoint;
        serve(options);
    }
    watch_.wait_ups(3);
    EXPECT_EQ(watch_.count(StreamChange::refused), 2) << "once each time, however often it is tried";
}

TEST_P(Calls, ANodeThatWasNeverReachedIsNotSaidToBeGone) {
    serve();
    auto options = server_options();
    options.endpoint = server_->endpoint();
    const auto target = peer_options();
    server_.reset();
    connect(target);
    while (!testing::Matches(HasSubstr("refused"))(text(call(echo)))) continue;
    serve(options);
    watch_.wait_ups(1);
    EXPECT_EQ(watch_.count(StreamChange::refused), 0);
}

TEST_P(Calls, FailWhenThePeerIsStopped) {
    serve();
    connect();
    auto pending = begin_call(hold);
    const auto held = take_held(1);
    peer_->stop();
    EXPECT_EQ(pending.get().error().code, Errc::shutting_down);
    EXPECT_EQ(call(echo).error().code, Errc::shutting_down);
}

class Limits : public TestCluster {
  protected:
    // Listens, and never says a word.
    void listen_silently() {
        silent_ = runtime::Listener::open({.endpoint = {"127.0.0.1", 0}}, pool_, [](auto connection) {
                      return std::make_shared<test::ScriptedSession>(
                          std::move(connection), [](auto&, auto) {}, nullptr);
                  }).value();
    }
    PeerOptions options_to_silent() {
        auto options = peer_options();
        options.endpoint = silent_->endpoint();
        return options;
    }
    std::unique_ptr<runtime::Listener> silent_;
};

TEST_F(Limits, BytesThatWaitForAPeerAreLimited) {
    listen_silently();
    auto options = options_to_silent();
    options.max_queued_bytes = 1000;
    connect(options);
    auto first = begin_call(echo, Bytes(600));
    EXPECT_EQ(call(echo, Bytes(600)).error().code, Errc::busy);
    EXPECT_EQ(peer_->queued_bytes(), 600u);
    peer_->stop();
    EXPECT_EQ(first.get().error().code, Errc::shutting_down);
}

TEST_F(Limits, BytesAreCountedUntilTheyHaveLeft) {
    serve();
    auto options = peer_options();
    options.max_queued_bytes = 1 << 20;
    connect(options);
    watch_.wait_ups(1);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(call(echo, Bytes(1 << 20)));
    EXPECT_EQ(call(echo, Bytes((1 << 20) + 1)).error().code, Errc::busy);
}

TEST_F(Limits, CallsThatWaitForAnswersAreLimited) {
    serve();
    auto options = peer_options();
    options.max_calls = 2;
    connect(options);
    auto first = begin_call(hold), second = begin_call(hold);
    EXPECT_EQ(call(echo).error().code, Errc::busy);
    for (auto& each : take_held(2)) each->reply({});
    EXPECT_TRUE(first.get());
    EXPECT_TRUE(second.get());
    EXPECT_TRUE(call(echo));
}

TEST_F(Limits, BodiesAndRepliesAreLimited) {
    auto small = server_options();
    small.max_body_bytes = 1000;
    serve(small);
    auto options = peer_options();
    options.max_body_bytes = 1000;
    connect(options);
    EXPECT_TRUE(call(echo, Bytes(1000)));
    EXPECT_EQ(call(echo, Bytes(1001)).error().code, Errc::limit_exceeded);
    auto answer = begin_call(hold);
    take_held(1)[0]->reply(Bytes(1001));
    EXPECT_EQ(text(answer.get()), "limit_exceeded: the reply has 1001 bytes");
    EXPECT_TRUE(call(echo));
}

TEST_F(Limits, AServerReadsNoFurtherThanItsOutstandingRequests) {
    auto options = server_options();
    options.max_outstanding_requests = 3;
    serve(options);
    connect();
    std::vector<std::future<Answer>> answers;
    for (int i = 0; i < 7; ++i) answers.push_back(begin_call(hold));
    for (int left = 7; left > 0;) {
        auto held = take_held(std::min(3, left));
        EXPECT_LE(held.size(), 3u);
        left -= static_cast<int>(held.size());
        for (auto& each : held) each->reply({});
    }
    for (auto& each : answers) EXPECT_TRUE(each.get());
}

TEST_F(Limits, ANodeThatSaysNoHelloIsGivenUp) {
    listen_silently();
    auto options = options_to_silent();
    options.connect_timeout_ms = 30;
    connect(options);
    EXPECT_EQ(text(call(echo)), "unavailable: node 1: no hello within 30 ms");
}

TEST_F(Limits, AMemoryBudgetThatIsUsedUpDelaysCallsAndFailsNone) {
    serve();
    connect();
    watch_.wait_ups(1);
    runtime::MemoryBudget::Charge all;
    while (!all) all = budget_.charge(budget_.limit_bytes());  // once the hellos have gone
    auto answer = begin_call(echo, bytes_of("patience"));
    EXPECT_EQ(answer.wait_for(std::chrono::milliseconds{30}), std::future_status::timeout);
    all = {};
    EXPECT_EQ(text(answer.get()), "patience");
}

TEST(MethodsOfOthers, AreCalledOnTheirExecutorInOrder) {
    std::vector<int> called;
    Methods others;
    others.on_message(note,
                      [&](NodeId from, const std::shared_ptr<Frame>&) { called.push_back(from.value); });
    ManualExecutor executor;
    Methods methods;
    methods.add(std::move(others), executor);
    for (const int from : {3, 1, 2}) (*methods.message_handler(note))(NodeId{from}, nullptr);
    EXPECT_TRUE(called.empty());
    executor.run_all();
    EXPECT_EQ(called, std::vector({3, 1, 2}));
    EXPECT_EQ(methods.request_handler(note), nullptr);
}

TEST(Backoff, GrowsToItsLimitAndStartsOver) {
    SeededRandom random{1};
    Backoff backoff{{.first_ms = 50, .max_ms = 400}};
    for (const std::int64_t limit_ms : {50, 100, 200, 400, 400}) {
        const auto delay_ms = backoff.next_delay_ms(random);
        EXPECT_GE(delay_ms, limit_ms / 2);
        EXPECT_LE(delay_ms, limit_ms);
    }
    backoff.reset();
    EXPECT_LE(backoff.next_delay_ms(random), 50);
}

}  // namespace
}  // namespace weir::rpc
