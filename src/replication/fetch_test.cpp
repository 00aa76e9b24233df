// A fetcher and a server with a network between them that a test holds in its hands: many partitions in one
// request, held while there is nothing, cut where they differ.
#include <gtest/gtest.h>

#include <deque>
#include <random>

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

// A reply as it comes out of the network.
Result<log::SharedSpan> received(const Result<OutgoingReply>& reply) {
    if (!reply) return reply.error();
    auto bytes = reply->head;
    for (const auto& range : reply->batches) {
        const auto at = bytes.size();
        bytes.resize(at + range.size);
        EXPECT_EQ(range.file->read(range.position, ByteSpan{bytes}.subspan(at)).value(), range.size);
    }
    return test::shared(std::move(bytes));
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
    // `is_copied`: the follower is new and not in sync.
    void lead(NodeId leader, std::int32_t epoch, bool is_copied = false, bool is_throttled = false) {
        const BrokerEpoch first{1};
        const InSyncReplica leading{leader_node, first}, following{follower_node, first};
        const PartitionRegistration registration{
            .leader = leader,
            .leader_epoch = LeaderEpoch{epoch},
            .partition_epoch = PartitionEpoch{epoch},
            .replicas = {leader_node, follower_node},
            .in_sync = is_copied ? std::vector{leading} : std::vector{leading, following},
            .min_in_sync = is_copied ? 1 : 2,
            .is_throttled = is_throttled};
        for (auto& [key, replica] : replicas_) replica.apply(registration, clock_.monotonic_ms());
    }
    void append(int partition, std::uint64_t seed, std::size_t bytes = 100) {
        const auto batch = test::shared_batch({.bytes = bytes, .seed = seed});
        ASSERT_TRUE(replica(partition).append(batch, true, clock_.wall_ms()));
    }

    // One bit of what the partition's only segment holds.
    void flip_bit(int partition, std::uint64_t position) {
        const auto part = "/" + std::to_string(partition) + "-";
        for (const auto& path : files_.paths()) {
            if (path.find(part) != std::string::npos && path.ends_with(".log"))
                files_.flip_bit(path, position);
        }
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

class FetchTest : public ::testing::Test, protected Transport {
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
                const auto request = decode_fetch_request(requests_.front().first);
                listed_ += request->partitions.size();
                server_->serve(follower_node, requests_.front().first,
                               [this, answer = requests_.front().second](const auto& reply) {
                                   answers_.push_back([answer, reply] { answer(received(reply)); });
                               });
            }
            for (; !answers_.empty(); answers_.pop_front(), again = true) answers_.front()();
            for (int partition = 0; again && partition < partitions; ++partition) changed(partition);
        }
    }
    void changed(int partition) {
        const auto changed = key(partition);
        server_->on_change({&changed, 1});
    }
    void lead_anew(std::int32_t epoch) {
        leader_.lead(leader_node, epoch);
        follower_.lead(leader_node, epoch);
        for (int partition = 0; partition < partitions; ++partition) fetcher_.on_change(key(partition));
    }
    void lead_both(int epoch, bool is_copied) {
        leader_.lead(leader_node, epoch, is_copied, true);
        follower_.lead(leader_node, epoch, is_copied, true);
        for (int partition = 0; partition < partitions; ++partition) fetcher_.on_change(key(partition));
    }
    void begin_copying(int records) {
        lead_both(2, true);
        for (int i = 0; i < records; ++i) leader_.append(0, static_cast<std::uint64_t>(i), copied_bytes);
        leader_.commit();
    }
    // As Replicas::tick does it. The bytes that have come.
    std::int64_t copy_for(int duration_ms) {
        const auto before = end(0);
        for (int ms = 0; ms < duration_ms; ms += 100) {
            settle();
            clock_.advance_ms(100);
            server_->tick();
            fetcher_.poll();
        }
        return (end(0) - before) * batch_bytes();
    }
    static std::int64_t batch_bytes() {
        static const auto batch = test::shared_batch({.bytes = copied_bytes, .seed = 1});
        return static_cast<std::int64_t>(batch.bytes.size());
    }
    static constexpr std::size_t copied_bytes = 1000;

    std::int64_t end(int partition) { return follower_.replica(partition).log().durable_end().value; }

    test::ManualClock clock_;
    Broker leader_{leader_node, clock_}, follower_{follower_node, clock_};
    std::deque<std::pair<Bytes, Answer>> requests_;
    std::deque<std::function<void()>> answers_;
    std::vector<log::LogKey> advanced_;
    std::size_t listed_ = 0;  // partitions in requests
    int looked_ = 0;          // of the server, at a partition
    std::unique_ptr<FetchServer> new_server() {
        return std::make_unique<FetchServer>(
            [this](const log::LogKey& wanted) { return ++looked_, leader_.find(wanted); },
            [this](const log::LogKey& moved) { advanced_.push_back(moved); }, clock_, FetchServerOptions{});
    }
    std::unique_ptr<FetchServer> server_ = new_server();
    Throttle throttle_;  // the follower's
    ReplicaFetcher fetcher_{follower_node, BrokerEpoch{1}, leader_node,
                            *this,         clock_,         {.throttle = &throttle_}};
};

TEST_F(FetchTest, ALeaderLooksForDamageWhenAFollowerRefusesWhatItSends) {
    for (const auto position : {3, 14, 50, 90}) {  // base offset, leader epoch, numbers, records
        const auto at = static_cast<std::uint64_t>(position);
        leader_.append(0, at);
        leader_.append(1, at);
        leader_.commit();
        auto& log = leader_.replica(0).log();
        const auto size = log.size_bytes();
        const auto last = size - size / static_cast<std::uint64_t>(log.end().value);
        leader_.flip_bit(0, last + at);
        changed(0);
        changed(1);
        for (int i = 0; i < 3; ++i) {
            settle();
            clock_.advance_ms(300);
        }
        EXPECT_TRUE(log.is_damaged()) << position;
        EXPECT_EQ(end(0), log.end().value - 1);
        EXPECT_EQ(end(1), log.end().value);
        leader_.flip_bit(0, last + at);  // for the next one
        for (int i = 0; i < 3; ++i) {
            settle();
            clock_.advance_ms(300);
        }
        EXPECT_EQ(end(0), log.end().value) << position;
    }
    EXPECT_FALSE(leader_.replica(1).log().is_damaged());
}

TEST_F(FetchTest, ADamagedFollowerIsFilledAgainOnceItIsCountedOut) {
    for (std::uint64_t i = 0; i < 3; ++i) leader_.append(0, i);
    settle();
    ASSERT_EQ(end(0), 3);
    auto& log = follower_.replica(0).log();
    follower_.flip_bit(0, 90);
    EXPECT_FALSE(log.verify(Offset{0}, 1 << 20));
    ASSERT_TRUE(log.is_damaged());
    leader_.append(0, 7);
    settle();
    EXPECT_EQ(end(0), 3);  // it asks for nothing as long as it counts
    EXPECT_TRUE(log.is_damaged());
    follower_.replica(0).refill_from(LeaderEpoch{2});
    settle();
    EXPECT_EQ(end(0), 3);
    lead_anew(2);
    EXPECT_EQ(leader_.replica(0).high_watermark(), Offset{3});
    clock_.advance_ms(300);
    settle();
    EXPECT_FALSE(log.is_damaged());
    EXPECT_EQ(end(0), 4);
    EXPECT_TRUE(log.verify(Offset{0}, 1 << 20));
    EXPECT_EQ(leader_.replica(0).high_watermark(), Offset{4});
    // That it was counted out once does for one damage only.
    follower_.flip_bit(0, 90);
    EXPECT_FALSE(log.verify(Offset{0}, 1 << 20));
    leader_.append(0, 8);
    settle();
    clock_.advance_ms(300);
    settle();
    EXPECT_TRUE(log.is_damaged());
    EXPECT_EQ(end(0), 4);
}

// It is told of the high watermark in the answer to its first request, which it has given up by then: the
// second one lists the partition again.
TEST_F(FetchTest, AFollowerThatListsAPartitionAgainIsToldOfItAgain) {
    leader_.append(0, 1);
    settle();
    ASSERT_EQ(leader_.replica(0).high_watermark(), Offset{1});
    fetcher_.on_change(key(0));
    settle();
    clock_.advance_ms(1000);
    server_->tick();
    settle();
    EXPECT_EQ(follower_.replica(0).high_watermark(), Offset{1});
}

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
    EXPECT_EQ(server_->wake_ms(), clock_.monotonic_ms() + 500);  // the next fetch is held
}

TEST_F(FetchTest, NothingIsAskedWhileSomethingIsNotSynced) {
    leader_.append(0, 1);
    leader_.commit();
    fetcher_.poll();
    server_->serve(follower_node, requests_.front().first,
                   [answer = requests_.front().second](const auto& reply) { answer(received(reply)); });
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
    ASSERT_TRUE(server_->wake_ms());
    changed(2);
    EXPECT_TRUE(answers_.empty());
    leader_.append(2, 1);
    leader_.commit();
    EXPECT_TRUE(answers_.empty());
    changed(2);
    EXPECT_EQ(answers_.size(), 1u);
    settle();
    EXPECT_EQ(end(2), 1);
    clock_.advance_ms(499);
    server_->tick();
    EXPECT_TRUE(answers_.empty());
    clock_.advance_ms(1);
    server_->tick();
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
    server_->tick();
    settle();
    EXPECT_EQ(end(0), 2);
    EXPECT_EQ(follower_.replica(0).log().last_epoch(), LeaderEpoch{3});
    EXPECT_EQ(leader_.replica(0).high_watermark(), Offset{2});
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
    requests_.front().second(test::shared({9, 9, 9}));
    requests_.pop_front();
    EXPECT_TRUE(requests_.empty());
    leader_.lead(leader_node, 5);
    clock_.advance_ms(200);
    settle();  // the leader is ahead of what the follower knows
    EXPECT_EQ(fetcher_.wake_ms(), clock_.monotonic_ms() + 200);
}

TEST_F(FetchTest, ALeaderGivesNoMoreThanItsRateToWhomItCopies) {
    begin_copying(300);
    server_->throttle().set_rate(20'000, clock_.monotonic_ms());
    const auto first = copy_for(1000);
    EXPECT_LE(first, 40'000 + batch_bytes());
    const auto then = copy_for(5000);
    EXPECT_NEAR(static_cast<double>(then), 100'000, 5000);
    leader_.append(1, 7);
    leader_.commit();
    server_->throttle().set_rate(1'000'000, clock_.monotonic_ms());
    copy_for(1000);
    EXPECT_EQ(end(0), 300);
    EXPECT_EQ(end(1), 1);
}

TEST_F(FetchTest, AFollowerTakesNoMoreThanItsRateWhileItIsCopiedTo) {
    constexpr int records = 4000;
    constexpr std::int64_t rate = 500'000, one_answer = 1 << 20;
    begin_copying(records);
    throttle_.set_rate(rate, clock_.monotonic_ms());
    const auto copied = copy_for(4000);
    EXPECT_GE(copied, 3 * rate);
    EXPECT_LE(copied, 5 * rate + one_answer);
    EXPECT_LT(end(0), records);
    lead_both(3, false);
    copy_for(1000);
    EXPECT_EQ(end(0), records) << "who is in sync is not held back";
}

TEST_F(FetchTest, WhoIsInSyncIsNotThrottled) {
    lead_both(2, false);
    server_->throttle().set_rate(0, clock_.monotonic_ms());
    throttle_.set_rate(0, clock_.monotonic_ms());
    for (std::uint64_t i = 0; i < 20; ++i) leader_.append(0, i);
    settle();
    EXPECT_EQ(end(0), 20);
}

TEST_F(FetchTest, NobodyFetchesInAnothersName) {
    fetcher_.poll();
    std::optional<Error> told;
    server_->serve(NodeId{7}, requests_.front().first, [&](const auto& reply) { told = reply.error(); });
    EXPECT_EQ(told.value().code, Errc::not_authorized);
}

TEST_F(FetchTest, OnlyWhatHasMovedIsListedAndTold) {
    settle();
    EXPECT_EQ(listed_, 3u);
    leader_.append(1, 1);
    settle();
    EXPECT_EQ(listed_, 4u);
    EXPECT_EQ(leader_.replica(1).high_watermark(), Offset{1});
    // The follower hears of the high watermark with the next reply, and of nothing else.
    server_->on_change({});
    clock_.advance_ms(500);
    server_->tick();
    settle();
    EXPECT_EQ(follower_.replica(1).high_watermark(), Offset{1});
    EXPECT_EQ(listed_, 4u);
}

TEST_F(FetchTest, AHeldFetchLooksAgainOnlyAtWhatHasChanged) {
    settle();
    looked_ = 0;
    for (int i = 0; i < 10; ++i) changed(1);
    EXPECT_LE(looked_, 10);
}

TEST_F(FetchTest, ASessionThatTheLeaderDoesNotKnowBeginsAnew) {
    settle();
    clock_.advance_ms(500);
    server_->tick();
    server_ = new_server();
    leader_.append(1, 1);
    settle();
    EXPECT_EQ(end(1), 1);
    EXPECT_EQ(listed_, 7u);
}

TEST_F(FetchTest, AllIsListedAgainNowAndThen) {
    settle();
    for (int i = 0; i < 20; ++i) {
        clock_.advance_ms(500);
        server_->tick();
        settle();
    }
    EXPECT_EQ(listed_, 6u);
}

TEST_F(FetchTest, WhatIsNewIsListedWhileAFetchIsHeld) {
    fetcher_.remove(key(2));
    settle();
    fetcher_.add(key(2), follower_.replica(2));
    leader_.append(2, 1);
    settle();
    EXPECT_EQ(end(2), 1);
    fetcher_.remove(key(2));
    leader_.append(2, 2);
    settle();
    EXPECT_EQ(end(2), 1);
}

TEST_F(FetchTest, AfterAFailureTheLeaderReadsBeforeItPromises) {
    leader_.append(0, 1);
    leader_.append(1, 1);
    leader_.commit();
    fetcher_.poll();
    requests_.front().second(Error{Errc::outcome_unknown, "the stream broke"});
    requests_.pop_front();
    clock_.advance_ms(200);
    fetcher_.poll();
    OutgoingReply reply;
    server_->serve(follower_node, requests_.front().first, [&](const auto& told) { reply = *told; });
    EXPECT_TRUE(reply.batches.empty());
    requests_.front().second(test::shared(reply.head));
    requests_.pop_front();
    settle();
    EXPECT_EQ(end(0), 1);
    EXPECT_EQ(end(1), 1);
}

TEST_F(FetchTest, BatchesThatTheLeaderHasNotToldOfAreNotTaken) {
    leader_.append(0, 1);
    leader_.commit();
    fetcher_.poll();
    OutgoingReply reply;
    server_->serve(follower_node, requests_.front().first, [&](const auto& told) { reply = *told; });
    // Meanwhile the leader follows another one, whose log it takes over at the very place.
    auto bytes = received(reply).value();
    auto batches = decode_fetch_reply(bytes)->partitions.at(0).batches.bytes;
    log::set_leader_epoch(batches, LeaderEpoch{2});
    requests_.front().second(bytes);
    follower_.commit();
    EXPECT_EQ(end(0), 0);
}

// Whatever is lost, late or anew, in any order: in the end all is there, and counts.
class RandomFetchTest : public FetchTest, public ::testing::WithParamInterface<unsigned> {
  protected:
    void fetch(NodeId, Bytes request, std::int32_t, Answer answer) override {
        const auto once = std::make_shared<Answer>(std::move(answer));
        calls_.push_back(once);
        requests_.emplace_back(std::move(request), [once](const auto& reply) {
            if (const auto call = std::exchange(*once, nullptr)) call(reply);
        });
    }
    void break_stream() {
        requests_.clear();
        answers_.clear();
        for (const auto& once : std::exchange(calls_, {})) {
            if (const auto call = std::exchange(*once, nullptr)) call(Error{Errc::outcome_unknown, "broken"});
        }
    }
    void restart_server() { server_ = new_server(); }
    void tick(std::int64_t ms) {
        clock_.advance_ms(ms);
        server_->tick();
        fetcher_.poll();
    }
    void deliver() {
        if (requests_.empty()) return;
        const auto [request, reply_to] = requests_.front();
        requests_.pop_front();
        server_->serve(follower_node, request, [this, answer = reply_to](const auto& reply) {
            answers_.push_back([answer, reply] { answer(received(reply)); });
        });
    }
    void answer() {
        if (answers_.empty()) return;
        const auto first = answers_.front();
        answers_.pop_front();
        first();
    }
    void change_epoch() {
        ++epoch_;
        leader_.lead(leader_node, epoch_);
        for (int partition = 0; partition < partitions; ++partition) changed(partition);
    }
    void hear_of_epoch() {
        follower_.lead(leader_node, epoch_);
        for (int partition = 0; partition < partitions; ++partition) fetcher_.on_change(key(partition));
    }
    void step() {
        const auto one = static_cast<int>(dice_() % partitions);
        switch (dice_() % 32) {
            case 0: return break_stream();
            case 1: return tick(600), restart_server();
            case 2: return fetcher_.remove(key(one));
            case 3: return fetcher_.add(key(one), follower_.replica(one));
            case 4: return change_epoch();
            case 5: return hear_of_epoch();
            case 6: return tick(static_cast<std::int64_t>(dice_() % 700));
            case 7: return void(follower_.commit());
            default: break;
        }
        switch (dice_() % 5) {
            case 0: return append(one);
            case 1: return void(leader_.commit()), changed(one);
            case 2: return deliver();
            case 3: return answer();
            default: return void(follower_.commit()), fetcher_.poll();
        }
    }
    void append(int partition) { leader_.append(partition, ++written_); }

    std::mt19937 dice_{GetParam()};
    std::int32_t epoch_ = 1;
    std::uint64_t written_ = 0;
    std::vector<std::shared_ptr<Answer>> calls_;
};

TEST_P(RandomFetchTest, EndsWithAllThereAndCounted) {
    for (int i = 0; i < 1000; ++i) step();
    for (int partition = 0; partition < partitions; ++partition) {
        fetcher_.add(key(partition), follower_.replica(partition));
        append(partition);
    }
    break_stream();
    hear_of_epoch();
    for (int i = 0; i < 20; ++i) {
        tick(250);
        settle();
    }
    for (int partition = 0; partition < partitions; ++partition) {
        const auto last = leader_.replica(partition).log().end();
        EXPECT_EQ(end(partition), last.value);
        EXPECT_EQ(leader_.replica(partition).high_watermark(), last);
        EXPECT_EQ(follower_.replica(partition).high_watermark(), last);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFetchTest, ::testing::Range(1u, 41u));

}  // namespace
}  // namespace weir::replication
