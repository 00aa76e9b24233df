// Replicas of one partition on nodes in one process, over real logs: roles, fetches, proposals, and the end.
#include "broker/replicas.hpp"

#include <gtest/gtest.h>

#include "support/batch_builder.hpp"
#include "support/small_store.hpp"
#include "support/test_peers.hpp"

namespace weir::broker {
namespace {

using namespace test;
using replication::AlterOutcome;

constexpr NodeId one{1}, two{2}, three{3};

class ReplicasTest : public ::testing::Test {
  protected:
    struct Node : log::CommitListener {
        Node(NodeId number, ReplicasTest& all) : id(number), peers(number, all.network_) {
            store = test::open_store(files, all.clock_, *this);
            log = store->open_log(all.key_, "t", {}).value();
            replicas = std::make_unique<Replicas>(
                ReplicasOptions{.node = id}, peers, all.executor_, all.clock_,
                ReplicasSeams{.on_advance = [this](const auto& logs) { advances += logs.size(); },
                              .alter =
                                  [this](auto proposed, auto done) {
                                      proposals.push_back(std::move(proposed));
                                      answer = std::move(done);
                                  }});
            all.network_.serve(id, {.call =
                                        [this](auto, auto from, auto body, auto done) {
                                            ++fetches;
                                            replicas->serve(from, body, [done](const Sent& sent) {
                                                sent ? done(whole(*sent)) : done(sent.error());
                                            });
                                        },
                                    .message = {}});
            replicas->set_broker_epoch(BrokerEpoch{1});
            replicas->start();
        }
        void on_commit(const log::Commit& commit) override {
            if (replicas) replicas->on_commit(commit);
        }
        std::vector<NodeId> proposed() const {
            std::vector<NodeId> out;
            for (const auto& member : proposals.back()[0].in_sync) out.push_back(member.node);
            return out;
        }

        NodeId id;
        FaultyFileSystem files;
        std::unique_ptr<log::LogStore> store;
        std::shared_ptr<log::PartitionLog> log;
        TestPeers peers;
        std::unique_ptr<Replicas> replicas;
        std::vector<ReplicasSeams::Proposals> proposals;
        std::function<void(ReplicasSeams::Outcomes)> answer;
        std::size_t advances = 0;
        int fetches = 0;  // of others
    };

    using Sent = Result<replication::OutgoingReply>;
    // As it arrives.
    static Bytes whole(const replication::OutgoingReply& sent) {
        auto bytes = sent.head;
        for (const auto& range : sent.batches) {
            Bytes part(range.size);
            EXPECT_EQ(range.file->read(range.position, part).value(), range.size);
            bytes.insert(bytes.end(), part.begin(), part.end());
        }
        return bytes;
    }

    ReplicasTest() {
        for (const auto id : {one, two, three}) nodes_[id] = std::make_unique<Node>(id, *this);
    }
    void TearDown() override { executor_.drop_all(); }

    Node& node(NodeId id) { return *nodes_.at(id); }
    void run_ms(int duration) {
        for (int ms = 0; ms <= duration; ++ms) {
            executor_.run_all();
            for (auto& [id, each] : nodes_) each->store->commit_once();
            if (ms < duration) clock_.advance_ms(1);
        }
        executor_.run_all();
    }
    // What the controller has committed, told to all.
    void publish(NodeId leader, std::vector<NodeId> in_sync,
                 std::vector<NodeId> replicas = {one, two, three}) {
        registration_.leader_epoch.value += leader != registration_.leader ? 1 : 0;
        registration_.leader = leader;
        ++registration_.partition_epoch.value;
        registration_.replicas = std::move(replicas);
        registration_.in_sync.clear();
        for (const auto id : in_sync) registration_.in_sync.push_back({id, BrokerEpoch{1}});
        for (auto& [id, each] : nodes_) {
            if (!each->log->is_limited()) each->log->limit_readers(each->log->log_start());
            each->replicas->put(key_, each->log, registration_);
        }
        run_ms(1);
    }
    void append(NodeId leader, int records) {
        const auto batch = shared_batch({.records = records, .seed = ++seed_});
        EXPECT_TRUE(node(leader).log->append(batch, registration_.leader_epoch, clock_.wall_ms()));
    }
    void outcome(NodeId id, AlterOutcome outcome) {
        std::exchange(node(id).answer, nullptr)({outcome});
        run_ms(1);
    }

    log::LogKey key_{Uuid::from_random(3, 4), PartitionId{0}};
    ManualClock clock_;
    ManualTimedExecutor executor_{clock_};
    TestNetwork network_{executor_};
    replication::PartitionRegistration registration_{.min_in_sync = 2};
    std::uint64_t seed_ = 0;
    std::map<NodeId, std::unique_ptr<Node>> nodes_;
};

TEST_F(ReplicasTest, FollowersFetchAndTheHighWatermarkPassesOnceAllHaveIt) {
    publish(one, {one, two, three});
    append(one, 3);
    run_ms(20);
    for (const auto id : {one, two, three}) EXPECT_EQ(node(id).log->durable_end(), Offset{3}) << id.value;
    EXPECT_EQ(node(one).log->readable_end(), Offset{3});
    EXPECT_GT(node(one).advances, 0u);
    network_.cut_off(three);
    append(one, 2);
    run_ms(20);
    EXPECT_EQ(node(two).log->durable_end(), Offset{5});
    EXPECT_EQ(node(one).log->readable_end(), Offset{3});
}

TEST_F(ReplicasTest, ANewLeaderIsFollowedAndWhatItLacksIsCutOff) {
    publish(one, {one, two, three});
    append(one, 3);
    run_ms(20);
    network_.cut_off(one);
    append(one, 4);
    run_ms(1);
    publish(two, {two, three});
    const auto late = node(one).log->append(shared_batch({}), LeaderEpoch{0}, clock_.wall_ms());
    EXPECT_EQ(late.error().code, Errc::not_leader) << "of a thread that still believes to lead";
    append(two, 2);
    run_ms(20);
    EXPECT_EQ(node(two).log->readable_end(), Offset{5});
    network_.reconnect(one);
    run_ms(1000);
    EXPECT_EQ(node(one).log->durable_end(), Offset{5});
    EXPECT_EQ(node(one).log->last_epoch(), registration_.leader_epoch);
}

TEST_F(ReplicasTest, AFollowerThatHasCaughtUpIsProposedUntilItIsDecided) {
    publish(one, {one, two});
    append(one, 3);
    run_ms(200);
    ASSERT_EQ(node(one).proposals.size(), 1u);
    EXPECT_EQ(node(one).proposed(), (std::vector{one, two, three}));
    run_ms(1000);
    EXPECT_EQ(node(one).proposals.size(), 1u) << "one at a time";
    outcome(one, AlterOutcome::refused);
    run_ms(400);
    EXPECT_EQ(node(one).proposals.size(), 1u) << "not at once";
    run_ms(300);
    EXPECT_EQ(node(one).proposals.size(), 2u);
    std::exchange(node(one).answer, nullptr)({});  // nobody knows
    run_ms(700);
    ASSERT_EQ(node(one).proposals.size(), 3u);
    EXPECT_EQ(node(one).proposed(), (std::vector{one, two, three}));
    outcome(one, AlterOutcome::committed);
    publish(one, {one, two, three});
    run_ms(1000);
    EXPECT_EQ(node(one).proposals.size(), 3u);
    EXPECT_TRUE(node(two).proposals.empty());
}

TEST_F(ReplicasTest, AMemberThatIsAwayTooLongIsTakenOut) {
    publish(one, {one, two, three});
    network_.cut_off(three);
    append(one, 1);
    run_ms(200);
    clock_.advance_ms(31'000);
    run_ms(700);
    ASSERT_FALSE(node(one).proposals.empty());
    EXPECT_FALSE(std::ranges::count(node(one).proposed(), three));
}

TEST_F(ReplicasTest, ALeaderOfAnUncleanElectionSaysThatItHasRecovered) {
    registration_.is_recovering = true;
    network_.cut_off(two);
    network_.cut_off(three);
    publish(one, {one});
    run_ms(200);
    ASSERT_EQ(node(one).proposals.size(), 1u);
    EXPECT_EQ(node(one).proposed(), std::vector{one});
    EXPECT_EQ(node(one).proposals[0][0].recovery, metadata::LeaderRecovery::recovered);
    outcome(one, AlterOutcome::committed);
    registration_.is_recovering = false;
    publish(one, {one});
    run_ms(1000);
    EXPECT_EQ(node(one).proposals.size(), 1u);
}

TEST_F(ReplicasTest, TheOnlyReplicasReadersSeeNoLessWhenThereAreMore) {
    auto& alone = node(one);
    registration_.leader = one;
    append(one, 5);
    alone.store->commit_once();
    EXPECT_EQ(alone.log->readable_end(), Offset{5});
    alone.log->limit_readers_from_now();
    EXPECT_EQ(alone.log->readable_end(), Offset{5});
    append(one, 1);
    alone.store->commit_once();
    EXPECT_EQ(alone.log->readable_end(), Offset{5}) << "until its replica knows who else there is";
    registration_.min_in_sync = 1;
    publish(one, {one}, {one, two});
    EXPECT_EQ(alone.log->readable_end(), Offset{6});
    run_ms(100);
    EXPECT_EQ(node(two).log->durable_end(), Offset{6});
    publish(one, {one}, {one});  // and goes on when it is alone again
    append(one, 1);
    run_ms(2);
    EXPECT_EQ(alone.log->readable_end(), Offset{7});
}

TEST_F(ReplicasTest, ARemovedReplicaIsFetchedNoMore) {
    publish(one, {one, two, three});
    node(two).replicas->remove(key_);
    run_ms(1000);
    const auto fetches = node(one).fetches;
    append(one, 1);
    run_ms(20);
    EXPECT_EQ(node(two).log->durable_end(), Offset{0});
    EXPECT_EQ(node(three).log->durable_end(), Offset{1});
    EXPECT_GT(node(one).fetches, fetches);
    node(one).replicas->remove(key_);
    append(one, 1);
    run_ms(1000);
    EXPECT_EQ(node(three).log->durable_end(), Offset{1});
}

TEST_F(ReplicasTest, ANewStartFetchesUnderItsOwnEpoch) {
    publish(one, {one, two});
    run_ms(50);
    node(three).replicas->set_broker_epoch(BrokerEpoch{2});
    append(one, 1);
    run_ms(700);
    ASSERT_FALSE(node(one).proposals.empty());
    for (const auto& member : node(one).proposals.back()[0].in_sync)
        EXPECT_EQ(member.broker_epoch, BrokerEpoch{member.node == three ? 2 : 1});
}

TEST_F(ReplicasTest, StopsWhileAnswersAreOutstanding) {
    publish(one, {one, two});
    append(one, 1);
    run_ms(200);
    ASSERT_EQ(node(one).proposals.size(), 1u);
    const auto advances = node(one).advances;
    node(one).replicas->stop();  // holds fetches of the others, and waits for the controller
    node(two).replicas->stop();  // waits for the leader
    run_ms(1);
    outcome(one, AlterOutcome::refused);
    append(one, 1);
    run_ms(1000);
    EXPECT_EQ(node(one).proposals.size(), 1u);
    EXPECT_EQ(node(one).advances, advances);
    EXPECT_EQ(node(two).log->durable_end(), Offset{1});
    std::string said;
    node(one).replicas->serve(three, {}, [&](const Sent& sent) { said = name(sent.error().code); });
    EXPECT_EQ(said, "shutting_down");
}

}  // namespace
}  // namespace weir::broker
