// A door's node and two that lead a queue log in turn: what is published, consumed and acknowledged over the
// network, and what becomes of it when nodes are lost. The log is one for both leaders, as if replicated.
#include "broker/queue_links.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "broker/queue/message_maker.hpp"
#include "broker/queue/queue_place.hpp"
#include "broker/queue/queue_shards.hpp"
#include "broker/queue_server.hpp"
#include "support/small_store.hpp"
#include "support/test_peers.hpp"

namespace weir::broker {
namespace {

using namespace queue;
using namespace test;

constexpr NodeId door_node{3};
constexpr QueueId queue_id{7};
constexpr PartitionId partition{0};
constexpr HolderId holder{1};

class Inbox final : public Receiver {
  public:
    void on_arrivals(std::vector<Arrival> some) override {
        std::move(some.begin(), some.end(), std::back_inserter(arrivals));
    }
    void on_notice(const Notice&) override { ++notices; }
    void on_lost(const Error&) override {
        arrivals.clear();
        ++losses;
    }
    std::vector<std::string> bodies() const {
        std::vector<std::string> out;
        for (const auto& one : arrivals) out.emplace_back(as_text(one.message.body));
        return out;
    }

    std::vector<Arrival> arrivals;
    int notices = 0, losses = 0;
};

class QueueLinksTest : public testing::Test, public log::CommitListener {
  protected:
    struct Node {
        QueueShards shards;
        QueueServer server;
    };

    QueueLinksTest() {
        store_ = open_store(files_, clock_, *this, small_store(1 << 20));
        log::LogConfig config;
        config.segment_bytes = 1 << 20;
        config.retention_ms = -1;
        log_ =
            store_->open_log({Uuid::from_random(1, 2), partition}, std::string(queues_topic), config).value();
        for (const NodeId id : {NodeId{1}, NodeId{2}}) add_node(id);
        lead(NodeId{1});
        declare();
    }
    ~QueueLinksTest() override {
        nodes_.clear();
        executor_.drop_all();
        log_.reset();
        store_.reset();
    }
    void on_commit(const log::Commit& commit) override {
        for (const auto& [id, node] : nodes_) node->shards.on_commit(commit);
    }
    void add_node(NodeId id) {
        auto& node = nodes_[id];
        node.reset(new Node{{ShardOptions{}, clock_, ShardSeams{}},
                            {QueueServerOptions{}, executor_, clock_,
                             [this, id](PartitionId, LeaderEpoch epoch) { return leader_at(id, epoch); }}});
        node->shards.set_shards(1);
        network_.serve(
            id, {.call =
                     [this, id](rpc::Method method, NodeId from, ByteView body, const TestAnswer& answer) {
                         auto& server = nodes_.at(id)->server;
                         method == queue_requests_method ? server.on_requests(from, body, answer)
                                                         : server.on_events_wanted(from, body, answer);
                     },
                 .message = {}});
    }
    using TestAnswer = test::TestNetwork::Answer;
    std::shared_ptr<QueueLeader> leader_at(NodeId id, LeaderEpoch epoch) {
        const auto shard = nodes_.at(id)->shards.find(partition);
        if (!shard || shard->epoch() != epoch) return nullptr;
        return std::make_shared<LocalLeader>(shard);
    }
    void lead(NodeId id) {
        leader_ = id;
        epoch_ = LeaderEpoch{epoch_.value + 1};
        nodes_.at(id)->shards.lead(partition, {log_, epoch_, &executor_});
        place_->on_new_leader();
    }
    // As if its process had been killed.
    void kill(NodeId id) {
        network_.cut_off(id);
        nodes_.at(id)->server.end_session(door_node);
        nodes_.at(id)->shards.resign(partition);
        run();
    }
    void start_again(NodeId id) {
        nodes_.erase(id);
        add_node(id);
        network_.reconnect(id);
    }
    // In order: the old leader gives it up, the other one takes over.
    void move_leader() {
        nodes_.at(leader_)->shards.resign(partition);
        lead(leader_ == NodeId{1} ? NodeId{2} : NodeId{1});
    }
    void run() { executor_.run_all(); }
    void commit() {
        run();
        store_->commit_once();
        run();
    }
    void pass(std::int64_t time_ms) {
        for (; time_ms > 0; time_ms -= 10) {
            clock_.advance_ms(10);
            commit();
        }
    }
    void declare() {
        bool is_declared = false;
        place_->ask(DeclareRequest{queue_id, "q", {}}, QueuePlace::Done<StatusReply>{[&](const auto& reply) {
                        is_declared = reply && reply->answer == Answer::done;
                    }});
        pass(100);
        ASSERT_TRUE(is_declared);
    }
    using Outcome = std::shared_ptr<std::optional<Errc>>;  // internal: it is in the queue
    Outcome publish(const std::string& body) {
        auto outcome = std::make_shared<std::optional<Errc>>();
        const auto message = copied({.body = as_bytes(body)});
        place_->ask(
            EnqueueRequest{{.targets = {queue_id}, .content_bytes = message->content_bytes()}, message},
            [outcome](const Result<PublishReply>& reply) {
                *outcome = reply ? Errc::internal : reply.error().code;
            });
        return outcome;
    }
    std::shared_ptr<Inbox> consume(std::uint64_t window = 0) {
        auto inbox = std::make_shared<Inbox>();
        place_->attach(holder, 0, inbox);
        place_->ask(SubscribeRequest{{queue_id, {.id = ConsumerId{1}, .holder = holder, .window = window}}},
                    [](const Result<Answer>& answer) { EXPECT_EQ(*answer, Answer::done); });
        pass(50);
        return inbox;
    }
    void accept(const Arrival& arrival) {
        place_->ask(DispositionRequest{{.holder = holder, .messages = {arrival.delivery.message}}},
                    [](auto&&) {});
    }
    std::uint64_t ready() {
        std::uint64_t count = UINT64_MAX;
        place_->ask(StatusRequest{queue_id}, [&](const Result<StatusReply>& reply) {
            if (reply) count = reply->status.ready;
        });
        pass(50);
        return count;
    }
    using Bodies = std::vector<std::string>;

    FaultyFileSystem files_;
    ManualClock clock_;
    ManualTimedExecutor executor_{clock_};
    test::TestNetwork network_{executor_};
    test::TestPeers peers_{door_node, network_};
    SeededRandom random_{5};
    QueueLinks links_{QueueLinkOptions{}, peers_, executor_, random_};
    std::unique_ptr<log::LogStore> store_;
    std::shared_ptr<log::PartitionLog> log_;
    std::map<NodeId, std::unique_ptr<Node>> nodes_;
    NodeId leader_;
    LeaderEpoch epoch_{0};
    std::shared_ptr<QueuePlace> place_ = std::make_shared<QueuePlace>(
        PlaceOptions{}, clock_, executor_, [this] { return links_.leader(leader_, partition, epoch_); });
};

TEST_F(QueueLinksTest, PublishedConsumedAndAcknowledgedFromAnotherNode) {
    const auto inbox = consume();
    const auto first = publish("a");
    run();
    EXPECT_FALSE(*first) << "nothing is committed yet";
    EXPECT_TRUE(inbox->arrivals.empty());
    publish("b");
    pass(50);
    EXPECT_EQ(*first, Errc::internal);
    EXPECT_EQ(inbox->bodies(), (Bodies{"a", "b"}));
    accept(inbox->arrivals[0]);
    pass(50);
    place_->close(holder, [] {});
    pass(50);
    EXPECT_EQ(ready(), 1u) << "what was not acknowledged went back";
}

TEST_F(QueueLinksTest, OneMessageIsTakenWithItsContent) {
    publish("a");
    place_->attach(holder, 0, std::make_shared<Inbox>());
    std::optional<Got> got;
    place_->ask(TakeRequest{queue_id, holder, true},
                QueuePlace::Done<Got>{[&](Result<Got> reply) { got = std::move(*reply); }});
    pass(50);
    ASSERT_TRUE(got && got->reply.delivery);
    EXPECT_EQ(as_text(got->message.body), "a");
    EXPECT_EQ(ready(), 0u);
}

TEST_F(QueueLinksTest, TheNextLeaderDeliversAgainWhatWasNotAcknowledged) {
    const auto inbox = consume();
    publish("a");
    publish("b");
    pass(200);  // the log knows by then that they were delivered
    accept(inbox->arrivals[0]);
    pass(50);
    kill(NodeId{1});
    lead(NodeId{2});
    pass(200);
    EXPECT_GE(inbox->losses, 1);
    EXPECT_EQ(inbox->bodies(), Bodies{"b"});
    EXPECT_TRUE(inbox->arrivals[0].delivery.redelivered);
    publish("c");
    pass(50);
    EXPECT_EQ(inbox->bodies(), (Bodies{"b", "c"})) << "the consumer lives on";
}

TEST_F(QueueLinksTest, APublishToALeaderThatDiesIsNeverConfirmedFalsely) {
    const auto before = publish("a");
    run();  // taken, not committed
    kill(NodeId{1});
    const auto after = publish("b");
    lead(NodeId{2});
    pass(PlaceOptions{}.abandon_ms + 200);
    EXPECT_EQ(*before, Errc::outcome_unknown);
    EXPECT_EQ(*after, Errc::internal) << "it was never sent to the old one";
}

TEST_F(QueueLinksTest, WithoutALeaderPublishesWait) {
    kill(NodeId{1});
    const auto outcome = publish("a");
    pass(3000);
    EXPECT_FALSE(*outcome);
    lead(NodeId{2});
    pass(200);
    EXPECT_EQ(*outcome, Errc::internal);
}

TEST_F(QueueLinksTest, ANodeThatIsLostGivesBackWhatItsHoldersHeld) {
    const auto inbox = consume();
    publish("a");
    pass(50);
    ASSERT_EQ(inbox->arrivals.size(), 1u);
    network_.silence(door_node);
    nodes_.at(leader_)->server.end_session(door_node);
    pass(50);
    const auto shard = nodes_.at(leader_)->shards.find(partition);
    EXPECT_EQ(shard->machine().status(queue_id)->ready, 1u);
    EXPECT_EQ(shard->machine().status(queue_id)->consumers, 0u);
}

TEST_F(QueueLinksTest, ASilentNodeIsGivenUp) {
    consume();
    publish("a");
    pass(50);
    network_.silence(door_node);
    pass(QueueServerOptions{}.silence_ms + 2000);
    const auto shard = nodes_.at(leader_)->shards.find(partition);
    EXPECT_EQ(shard->machine().status(queue_id)->ready, 1u);
}

TEST_F(QueueLinksTest, ALeadershipThatMovesKeepsTheOrder) {
    const auto inbox = consume();
    std::vector<Outcome> outcomes;
    Bodies sent;
    for (int i = 0; i < 60; ++i) {
        sent.push_back(std::to_string(i));
        outcomes.push_back(publish(sent.back()));
        if (i % 20 == 10) move_leader();
        if (i % 7 == 0) pass(20);
    }
    pass(5000);
    Bodies confirmed;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        ASSERT_TRUE(*outcomes[i]) << i;
        if (*outcomes[i] == Errc::internal) confirmed.push_back(sent[i]);
    }
    const auto came = inbox->bodies();
    EXPECT_TRUE(std::ranges::is_sorted(came, {}, [](const auto& body) { return std::stoi(body); }));
    EXPECT_TRUE(std::ranges::includes(
        came, confirmed, [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); }));
    EXPECT_GT(confirmed.size(), 40u);
}

// Nodes are killed and come back at random; what was confirmed and not acknowledged is there in the end.
TEST_F(QueueLinksTest, NothingConfirmedIsLostWhateverDies) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SeededRandom dice{seed};
        const auto inbox = consume(10);
        std::map<std::string, Outcome> outcomes;
        std::set<std::string> taken;
        for (int step = 0; step < 200; ++step) {
            const auto what = dice.next() % 20;
            if (what < 12) {
                const auto body = std::to_string(seed) + "-" + std::to_string(step);
                outcomes[body] = publish(body);
            } else if (what == 12) {
                const auto dead = leader_;
                kill(dead);
                lead(dead == NodeId{1} ? NodeId{2} : NodeId{1});
                start_again(dead);
            } else if (what == 13) {
                move_leader();
            } else {
                for (const auto& one : std::exchange(inbox->arrivals, {})) {
                    taken.emplace(as_text(one.message.body));
                    accept(one);
                }
            }
            pass(static_cast<std::int64_t>(dice.next() % 3) * 10);
        }
        for (int round = 0; round < 100; ++round) {
            pass(100);
            for (const auto& one : std::exchange(inbox->arrivals, {})) {
                taken.emplace(as_text(one.message.body));
                accept(one);
            }
        }
        std::size_t confirmed = 0;
        for (const auto& [body, outcome] : outcomes) {
            ASSERT_TRUE(*outcome) << "seed " << seed << ": " << body << " is never answered";
            if (*outcome != Errc::internal) continue;
            ++confirmed;
            EXPECT_TRUE(taken.contains(body)) << "seed " << seed << ": " << body << " is lost";
        }
        EXPECT_GT(confirmed, 20u) << "seed " << seed;
        EXPECT_EQ(ready(), 0u) << "seed " << seed;
        place_->close(holder, [] {});
        pass(50);
    }
}

}  // namespace
}  // namespace weir::broker
