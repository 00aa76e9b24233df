// A fetcher and a server with a network between them that a test holds in its hands: many partitions in one
// request, held while there is nothing, cut where they differ.
#include <gtest/gtest.h>

#include <deque>

#include "log/log_store.hpp"
#include "replication/fetch_server.hpp"
#include "replication/replica_fetcher.hpp"
#include "support/batch_builder.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"

namespace weir::replication {
namespace {

constexpr NodeId leader_node{1}, follower_node{2};
constexpr int partitions = 3;

log::LogKey key(int partition) {
    return {Uuid::from_random(4, 4), PartitionId{partition}};
}

// One node's logs and replicas.
class Broker : private log::CommitListener {
  public:
    Broker(NodeId node, Clock& clock) : clock_(clock) {
        log::StoreOptions options{.directory = "data", .reserve_bytes = 0, .own_threads = false};
        store_ = log::LogStore::open(options, files_, clock, *this).value();
        for (int partition = 0; partition < partitions; ++partition) {
            auto log = store_->open_log(key(partition), "topic", {}).value();
            replicas_.try_emplace(key(partition), node, std::move(log), LeaderOptions{});
        }
    }
    ~Broker() override {
        replicas_.clear();
        store_.reset();
    }

    Replica& replica(int partition) { return replicas_.at(key(partition)); }
    Replica* find(const log::LogKey& wanted) {
        const auto found = replicas_.find(wanted);
        return found == replicas_.end() ? nullptr : &found->second;
    }
    bool commit() { return store_->commit_once(); }
    void lead(NodeId leader, std::int32_t epoch) {
        const BrokerEpoch first{1};
        const PartitionRegistration registration{.leader = leader,
                                                 .leader_epoch = LeaderEpoch{epoch},
                                                 .partition_epoch = PartitionEpoch{epoch},
                                                 .replicas = {leader_node, follower_node},
                                                 .in_sync = {{leader_node, first}, {follower_node, first}},
                                                 .min_in_sync = 2};
        for (auto& [key, replica] : replicas_) replica.apply(registration, clock_.monotonic_ms());
    }
    void append(int partition, std::uint64_t seed, std::size_t bytes = 100) {
        const auto batch = test::shared_batch({.bytes = bytes, .seed = seed});
        ASSERT_TRUE(replica(partition).append(batch, true, clock_.wall_ms()));
    }

  private:
    void on_commit(const log::Commit& commit) override {
        for (const auto& log : commit.advanced) {
            replicas_.at(log->key()).on_commit(commit.ticket, clock_.monotonic_ms());
        }
    }

    Clock& clock_;
    test::FaultyFileSystem files_;
    std::unique_ptr<log::LogStore> store_;
    std::map<log::LogKey, Replica> replicas_;
};

class FetchTest : public ::testing::Test, private Transport {
  protected:
    FetchTest() {
        leader_.lead(leader_node, 1);
        follower_.lead(leader_node, 1);
        for (int partition = 0; partition < partitions; ++partition) {
            fetcher_.add(key(partition), follower_.replica(partition));
        }
    }

    void fetch(NodeId, Bytes request, std::int32_t, Answer answer) override {
        requests_.push_back({std::move(request), std::move(answer)});
    }
    // What is on its way arrives, there and back, and is synced.
    void settle() {
        for (bool again = true; again;) {
            again = leader_.commit() || follower_.commit();
            fetcher_.poll();
            for (; !requests_.empty(); requests_.pop_front(), again = true) {
                server_.serve(follower_node, requests_.front().first,
                              [this, answer = requests_.front().second](Result<Bytes> reply) {
                                  answers_.push_back([answer, reply] { answer(reply); });
                              });
            }
            for (; !answers_.empty(); answers_.pop_front(), again = true) answers_.front()();
            for (int partition = 0; again && partition < partitions; ++partition)
                server_.on_change(key(partition));
        }
    }
    std::int64_t end(int partition) { return follower_.replica(partition).log().durable_end().value; }

    test::ManualClock clock_;
    Broker leader_{leader_node, clock_}, follower_{follower_node, clock_};
    std::deque<std::pair<Bytes, Answer>> requests_;
    std::deque<std::function<void()>> answers_;
    std::vector<log::LogKey> advanced_;
    FetchServer server_{[this](const log::LogKey& wanted) { return leader_.find(wanted); },
                        [this](const log::LogKey& moved) { advanced_.push_back(moved); },
                        clock_,
                        {}};
    ReplicaFetcher fetcher_{follower_node, BrokerEpoch{1}, leader_node, *this, clock_, {}};
};

TEST_F(FetchTest, AllPartitionsComeInOneRequestAndCountOnceTheyAreSynced) {
    for (int partition = 0; partition < partitions; ++partition) leader_.append(partition, 1);
    leader_.commit();
    fetcher_.poll();
    ASSERT_EQ(requests_.size(), 1u);
    EXPECT_EQ(decode_fetch_request(requests_.front().first)->partitions.size(), 3u);
    settle();
    for (int partition = 0; partition < partitions; ++partition) {
        EXPECT_EQ(end(partition), 1);
        EXPECT_EQ(leader_.replica(partition).high_watermark(), Offset{1});
    }
    EXPECT_EQ(advanced_.size(), 3u);
    EXPECT_EQ(server_.wake_ms(), clock_.monotonic_ms() + 500);  // the next fetch is held
}

TEST_F(FetchTest, NothingIsAskedWhileSomethingIsNotSynced) {
    leader_.append(0, 1);
    leader_.commit();
    fetcher_.poll();
    server_.serve(follower_node, requests_.front().first, requests_.front().second);
    requests_.pop_front();
    EXPECT_TRUE(follower_.replica(0).is_syncing());
    fetcher_.poll();
    EXPECT_TRUE(requests_.empty());
    EXPECT_EQ(leader_.replica(0).high_watermark(), Offset{0});
    follower_.commit();
    fetcher_.poll();
    EXPECT_EQ(requests_.size(), 1u);
}

TEST_F(FetchTest, AHeldFetchIsAnsweredByNewsOrInTime) {
    settle();
    ASSERT_TRUE(server_.wake_ms());
    server_.on_change(key(2));
    EXPECT_TRUE(answers_.empty());
    leader_.append(2, 1);
    leader_.commit();
    server_.on_change({});
    EXPECT_TRUE(answers_.empty());
    server_.on_change(key(2));
    EXPECT_EQ(answers_.size(), 1u);
    settle();
    EXPECT_EQ(end(2), 1);
    clock_.advance_ms(499);
    server_.tick();
    EXPECT_TRUE(answers_.empty());
    clock_.advance_ms(1);
    server_.tick();
    EXPECT_EQ(answers_.size(), 1u);
}

TEST_F(FetchTest, AFollowerThatDiffersIsCutAndCatchesUp) {
    leader_.append(0, 1);
    settle();
    // The follower leads for a while, but nobody hears of it.
    fetcher_.remove(key(0));
    follower_.lead(follower_node, 2);
    for (std::uint64_t seed = 10; seed < 13; ++seed) follower_.append(0, seed);
    follower_.commit();
    leader_.lead(leader_node, 3);
    leader_.append(0, 20);
    follower_.lead(leader_node, 3);
    fetcher_.add(key(0), follower_.replica(0));
    EXPECT_EQ(end(0), 4);
    clock_.advance_ms(600);
    server_.tick();
    settle();
    EXPECT_EQ(end(0), 2);
    EXPECT_EQ(follower_.replica(0).log().last_epoch(), LeaderEpoch{3});
    EXPECT_EQ(leader_.replica(0).high_watermark(), Offset{2});
}

TEST_F(FetchTest, ANewLeaderTellsNobodyWhereTheLogEndsBeforeItsFollowersHaveFetched) {
    leader_.append(0, 1);
    settle();
    const auto& log = leader_.replica(0).log();
    EXPECT_TRUE(log.is_readable_end_certain());
    leader_.append(0, 2);  // as far as it knows, an earlier leader may have committed this
    leader_.commit();
    leader_.lead(leader_node, 2);
    EXPECT_EQ(log.readable_end(), Offset{1});
    EXPECT_FALSE(log.is_readable_end_certain());
    follower_.lead(leader_node, 2);
    EXPECT_FALSE(follower_.replica(0).log().is_readable_end_certain());
    clock_.advance_ms(600);
    server_.tick();
    settle();
    EXPECT_EQ(log.readable_end(), Offset{2});
    EXPECT_TRUE(log.is_readable_end_certain());
}

TEST_F(FetchTest, WhatCantBeAnsweredIsTriedAgainLater) {
    fetcher_.poll();
    requests_.front().second(Error{Errc::timed_out, "nobody there"});
    requests_.pop_front();
    EXPECT_TRUE(requests_.empty());
    EXPECT_EQ(fetcher_.wake_ms(), clock_.monotonic_ms() + 200);
    clock_.advance_ms(200);
    fetcher_.poll();
    ASSERT_EQ(requests_.size(), 1u);
    requests_.front().second(encode(ReplicaFetchReply{}));  // to something else
    requests_.pop_front();
    EXPECT_TRUE(requests_.empty());
    leader_.lead(leader_node, 5);
    clock_.advance_ms(200);
    settle();  // the leader is ahead of what the follower knows
    EXPECT_EQ(fetcher_.wake_ms(), clock_.monotonic_ms() + 200);
}

TEST_F(FetchTest, NobodyFetchesInAnothersName) {
    fetcher_.poll();
    Result<Bytes> told = Bytes{};
    server_.serve(NodeId{7}, requests_.front().first, [&](Result<Bytes> reply) { told = std::move(reply); });
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code, Errc::not_authorized);
}

}  // namespace
}  // namespace weir::replication
