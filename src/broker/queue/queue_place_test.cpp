// A place whose leaders come and go: order, what is asked again and what is not, holders that live on.
#include "broker/queue/queue_place.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "support/manual_timed_executor.hpp"

namespace weir::queue {
namespace {

constexpr QueueId queue{7};
constexpr HolderId holder{1};

// A leader that answers when the test says so.
class ScriptedLeader final : public QueueLeader {
  public:
    void ask(RequestPtr request, Done done) override {
        asked.push_back({std::move(request), std::move(done)});
    }
    template <class R>
    const R& request(std::size_t at) const {
        return std::get<R>(*asked.at(at).request);
    }
    void answer(Result<ShardReply> reply) {
        const auto one = std::move(asked.front());
        asked.pop_front();
        one.done(std::move(reply));
    }
    void answer_all(const Result<ShardReply>& reply) {
        while (!asked.empty()) answer(reply);
    }

    struct Asked {
        RequestPtr request;
        Done done;
    };
    std::deque<Asked> asked;
};

class Inbox final : public Receiver {
  public:
    void on_arrivals(std::vector<Arrival> some) override { arrivals += some.size(); }
    void on_notice(const Notice& notice) override { gone.push_back(notice.consumer); }
    void on_lost(const Error&) override { ++losses; }

    std::size_t arrivals = 0;
    std::vector<ConsumerId> gone;
    int losses = 0;
};

class QueuePlaceTest : public testing::Test {
  protected:
    // Somebody else leads from now on; null: nobody does.
    std::shared_ptr<ScriptedLeader> elect() {
        leader_ = std::make_shared<ScriptedLeader>();
        place_->on_new_leader();
        return leader_;
    }
    void depose() {
        leader_ = nullptr;
        place_->on_new_leader();
    }
    void pass(std::int64_t time_ms) {
        for (; time_ms > 0; time_ms -= 10) {
            clock_.advance_ms(10);
            executor_.run_all();
        }
    }
    using Outcome = std::shared_ptr<std::optional<Errc>>;  // internal: done
    Outcome publish(std::uint64_t bytes) {
        auto outcome = std::make_shared<std::optional<Errc>>();
        place_->ask(EnqueueRequest{{.targets = {queue}, .content_bytes = bytes}, nullptr},
                    [outcome](const Result<PublishReply>& reply) {
                        *outcome = reply ? Errc::internal : reply.error().code;
                    });
        return outcome;
    }
    Outcome transact(TransactRequest request) {
        auto outcome = std::make_shared<std::optional<Errc>>();
        place_->ask(std::move(request),
                    QueuePlace::Done<TransactReply>{[outcome](const Result<TransactReply>& reply) {
                        *outcome = reply ? Errc::internal : reply.error().code;
                    }});
        return outcome;
    }
    Outcome consume(std::uint64_t id) {
        auto outcome = std::make_shared<std::optional<Errc>>();
        place_->ask(SubscribeRequest{{queue, {.id = ConsumerId{id}, .holder = holder}}},
                    [outcome](const Result<Answer>& reply) {
                        *outcome = reply ? Errc::internal : reply.error().code;
                    });
        return outcome;
    }
    // Holds one consumer of `leader`.
    std::shared_ptr<Inbox> attach_with_consumer(ScriptedLeader& leader) {
        auto inbox = std::make_shared<Inbox>();
        place_->attach(holder, 5, inbox);
        consume(3);
        receiver_ = leader.request<AttachRequest>(0).receiver;
        leader.answer(Answer::done);
        leader.answer(Answer::done);
        return inbox;
    }

    test::ManualClock clock_;
    test::ManualTimedExecutor executor_{clock_};
    std::shared_ptr<ScriptedLeader> leader_;
    std::shared_ptr<QueuePlace> place_ = std::make_shared<QueuePlace>(
        PlaceOptions{}, clock_, executor_, [this]() -> std::shared_ptr<QueueLeader> { return leader_; });
    std::shared_ptr<Receiver> receiver_;  // of the attempt at hand
};

TEST_F(QueuePlaceTest, WhatALeaderRefusesIsAskedOfTheNextInOrder) {
    const auto first = elect();
    const auto a = publish(1), b = publish(2);
    first->answer(Error{Errc::not_leader});
    first->answer(Error{Errc::not_leader});
    const auto c = publish(3);
    EXPECT_TRUE(first->asked.empty()) << "it is not asked any more";
    const auto second = elect();
    ASSERT_EQ(second->asked.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(second->request<EnqueueRequest>(i).publish.content_bytes, i + 1);
    second->answer_all(PublishReply{});
    EXPECT_EQ(*a, Errc::internal);
    EXPECT_EQ(*c, Errc::internal);
}

TEST_F(QueuePlaceTest, APublishOfWhichNobodyKnowsFailsAndWhatCameLaterGoesOn) {
    const auto first = elect();
    const auto a = publish(1);
    depose();
    const auto b = publish(2);
    EXPECT_FALSE(*a) << "the old leader may still answer";
    const auto second = elect();
    EXPECT_TRUE(second->asked.empty()) << "until then nothing overtakes it";
    pass(PlaceOptions{}.abandon_ms + 100);
    EXPECT_EQ(*a, Errc::outcome_unknown);
    ASSERT_EQ(second->asked.size(), 1u);
    first->answer(PublishReply{});
    EXPECT_EQ(*a, Errc::outcome_unknown) << "it is answered once";
    second->answer(PublishReply{});
    EXPECT_EQ(*b, Errc::internal);
}

TEST_F(QueuePlaceTest, AnOldLeadersAnswerCountsAsLongAsItIsWaitedFor) {
    const auto first = elect();
    const auto a = publish(1);
    elect();
    first->answer(PublishReply{});
    EXPECT_EQ(*a, Errc::internal);
}

TEST_F(QueuePlaceTest, WhatCanBeRepeatedIs) {
    const auto first = elect();
    std::optional<std::uint64_t> count;
    place_->ask(PurgeRequest{queue},
                QueuePlace::Done<CountReply>{[&](const Result<CountReply>& reply) { count = reply->count; }});
    first->answer(Error{Errc::outcome_unknown});
    const auto second = elect();
    second->answer(CountReply{Answer::done, 4});
    EXPECT_EQ(count, 4u);
}

TEST_F(QueuePlaceTest, HoldersGoToTheNextLeaderWithTheirConsumers) {
    const auto first = elect();
    const auto inbox = attach_with_consumer(*first);
    receiver_->on_arrivals({Arrival{}, Arrival{}});
    EXPECT_EQ(inbox->arrivals, 2u);
    const auto second = std::make_shared<ScriptedLeader>();
    leader_ = second;
    receiver_->on_lost({Errc::not_leader});
    EXPECT_EQ(inbox->losses, 1);
    pass(PlaceOptions{}.retry_ms * 2);
    ASSERT_EQ(second->asked.size(), 2u);
    EXPECT_EQ(second->request<AttachRequest>(0).window, 5u);
    EXPECT_EQ(second->request<SubscribeRequest>(1).consume.consumer.id, ConsumerId{3});
    receiver_->on_arrivals({Arrival{}});
    EXPECT_EQ(inbox->arrivals, 2u) << "the old leader's word counts for nothing";
    receiver_ = second->request<AttachRequest>(0).receiver;
    receiver_->on_arrivals({Arrival{}});
    EXPECT_EQ(inbox->arrivals, 3u);
}

TEST_F(QueuePlaceTest, AConsumerThatTheNextLeaderDoesNotTakeIsToldSo) {
    const auto inbox = attach_with_consumer(*elect());
    const auto second = elect();
    second->answer(Answer::done);
    second->answer(Answer::no_such_queue);
    EXPECT_EQ(inbox->gone, std::vector<ConsumerId>{ConsumerId{3}});
    const auto third = elect();
    EXPECT_EQ(third->asked.size(), 1u) << "the holder alone";
}

TEST_F(QueuePlaceTest, AnAcknowledgementToALostLeaderIsDroppedAndACloseIsDone) {
    attach_with_consumer(*elect());
    const auto second = elect();
    second->answer_all(Answer::done);
    bool is_closed = false;
    place_->ask(DispositionRequest{}, [](auto&&) {});
    place_->close(holder, [&] { is_closed = true; });
    EXPECT_FALSE(is_closed);
    const auto third = elect();
    pass(PlaceOptions{}.abandon_ms + 100);
    EXPECT_TRUE(is_closed);
    EXPECT_TRUE(third->asked.empty());
}

TEST_F(QueuePlaceTest, ATransactionIsRepeatedIfItHasHadNoEffectAndSettlesNothing) {
    const auto first = elect();
    const auto publishes = transact({}), settles = transact({.settlements = {{.holder = holder}}});
    first->answer(Error{Errc::not_leader});
    first->answer(Error{Errc::not_leader});
    EXPECT_EQ(*settles, Errc::not_leader) << "what was held is nobody's any more";
    const auto second = elect();
    ASSERT_EQ(second->asked.size(), 1u);
    second->answer(Error{Errc::outcome_unknown});
    EXPECT_EQ(*publishes, Errc::outcome_unknown);
}

TEST_F(QueuePlaceTest, ALeaderThatDoesNotKnowItYetIsAskedAgain) {
    const auto leader = elect();
    const auto inbox = std::make_shared<Inbox>();
    place_->attach(holder, 0, inbox);
    leader->answer(Error{Errc::not_leader});
    EXPECT_TRUE(leader->asked.empty());
    pass(PlaceOptions{}.retry_ms * 2);
    EXPECT_EQ(leader->asked.size(), 1u);
}

TEST_F(QueuePlaceTest, PatienceEnds) {
    const auto a = publish(1);
    pass(PlaceOptions{}.patience_ms - 100);
    EXPECT_FALSE(*a);
    pass(200);
    EXPECT_EQ(*a, Errc::unavailable);
}

}  // namespace
}  // namespace weir::queue
