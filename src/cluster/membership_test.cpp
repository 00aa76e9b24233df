// Nodes in one process, over real metadata logs: they join, register, are fenced and come back, hand over and
// leave.
#include "cluster/membership.hpp"

#include <gtest/gtest.h>

#include "consensus/raft_metadata_log.hpp"
#include "support/faulty_file_system.hpp"
#include "support/test_peers.hpp"

namespace weir::cluster {
namespace {

using namespace test;

class MembershipTest : public ::testing::Test {
  protected:
    struct Node {
        Node(NodeId number, TestNetwork& network) : id(number), peers(number, network) {}
        NodeId id;
        FaultyFileSystem files;
        TestPeers peers;
        std::unique_ptr<metadata::MetadataController> controller;
        std::unique_ptr<Membership> membership;
        std::vector<BrokerEpoch> registered;
        std::string refused;  // why the cluster does not take it
        bool has_left = false;
    };

    void TearDown() override { executor_.drop_all(); }

    NodeAddress address(int id) const {
        return {NodeId{id}, {"host", static_cast<std::uint16_t>(9000 + id)}};
    }
    // Node 1 makes the cluster, the others join it.
    Node& start(int number) {
        auto& node = *(nodes_[number] = std::make_unique<Node>(NodeId{number}, network_));
        EXPECT_TRUE(node.files.make_directories("data") && node.files.sync_directory(""));
        auto opened = metadata::MetadataController::open(
            {.node = node.id, .file = {}}, executor_, random_,
            [&](consensus::StateMachine& machine) { return open_log(node, machine); });
        EXPECT_TRUE(opened);
        node.controller = std::move(*opened);
        const auto first = number == 1 ? std::nullopt : std::optional{address(1)};
        node.membership = std::make_unique<Membership>(
            MembershipOptions{
                .cluster_id = cluster_id_,
                .node = node.id,
                .incarnation = Uuid::from_random(7, static_cast<std::uint64_t>(number)),
                .rack = "",
                .first_leader = first,
                .new_topic = [](const std::string& name) { return metadata::CreateTopic{.name = name}; },
                .registered = [&node](BrokerEpoch epoch) { node.registered.push_back(epoch); },
                .refused = [&node](const std::string& why) { node.refused = why; },
                .ticks = {}},
            *node.controller, node.peers, executor_, clock_);
        serve(node);
        node.membership->announce({{"cluster", "host", address(number).endpoint.port}});
        return node;
    }
    void serve(Node& node) {
        network_.serve(
            node.id,
            {.call = [&node](auto method, auto from, auto body,
                             auto done) { node.membership->handle(method, from, body, std::move(done)); },
             .message = [&node](
                            auto from,
                            auto message) { EXPECT_TRUE(node.controller->log().receive(from, message)); }});
    }
    void start_all(int count = 3) {
        for (int i = 1; i <= count; ++i) {
            start(i);
            run_until([&] { return is_usable(i); });
        }
    }

    void run_ms(int duration) {
        for (int ms = 0; ms < duration; ++ms) {
            executor_.run_all();
            clock_.advance_ms(1);
        }
        executor_.run_all();
    }
    // The time it took.
    template <class Holds>
    std::int64_t run_until(const Holds& holds) {
        const auto begin_ms = clock_.monotonic_ms();
        while (!holds() && clock_.monotonic_ms() < begin_ms + 60'000) run_ms(1);
        EXPECT_TRUE(holds());
        return clock_.monotonic_ms() - begin_ms;
    }

    Node& node(int number) { return *nodes_.at(number); }
    // Whoever leads the metadata among those that are not cut off.
    Node* leader() {
        for (auto& [number, one] : nodes_) {
            if (gone_.contains(number)) continue;
            if (one->controller->log().role() == consensus::Role::leader) return one.get();
        }
        return nullptr;
    }
    Node& led() {
        run_until([&] { return leader() != nullptr; });
        return *leader();
    }
    void lead_with(int number) {
        led().controller->log().transfer(NodeId{number}, [](auto&&) {});
        run_until([&] { return leader() == &node(number); });
    }
    const metadata::Node* known(int number) {
        static metadata::CataloguePtr held;
        const auto* at = leader();
        if (at == nullptr) return nullptr;
        held = at->controller->catalogue();
        return held->node(NodeId{number});
    }
    bool is_usable(int number) {
        const auto* found = known(number);
        return found != nullptr && found->is_usable();
    }
    bool is_fenced(int number) {
        const auto* found = known(number);
        return found != nullptr && found->is_fenced;
    }
    void cut_off(int number) {
        network_.cut_off(NodeId{number});
        gone_.insert(number);
    }
    // Its process ends, and the others' connections say so.
    void kill(int number) {
        cut_off(number);
        for (auto& [other, one] : nodes_)
            if (other != number) one->peers.lose_process(NodeId{number});
    }
    void reconnect(int number) {
        network_.reconnect(NodeId{number});
        gone_.erase(number);
    }
    template <class Request>
    std::string submit(Request request) {
        std::string outcome = "none";
        led().controller->submit(std::move(request), [&](const auto& reply) {
            outcome = reply ? "good" : std::string{name(reply.error().code)};
        });
        run_until([&] { return outcome != "none"; });
        return outcome;
    }
    std::string ask(Node& from, rpc::Method method, Bytes body = {}) {
        std::string outcome = "none";
        from.membership->ask_leader(method, std::move(body), [&](const Result<Bytes>& answer) {
            outcome = answer ? "good" : std::string{name(answer.error().code)};
        });
        run_until([&] { return outcome != "none"; });
        return outcome;
    }
    std::string handle(Node& at, rpc::Method method, int from, Bytes body) {
        std::string outcome = "none";
        at.membership->handle(method, NodeId{from}, body, [&](const Result<Bytes>& answer) {
            outcome = answer ? "good" : std::string{name(answer.error().code)};
        });
        run_until([&] { return outcome != "none"; });
        return outcome;
    }
    void leave(Node& who) {
        who.membership->leave([&who] { who.has_left = true; });
    }
    void create_on(const std::string& topic, std::initializer_list<int> replicas) {
        metadata::NodeList list;
        for (const int id : replicas) list.push_back(NodeId{id});
        EXPECT_EQ(submit(metadata::CreateTopic{.name = topic, .assignment = {list}}), "good");
    }
    NodeId partition_leader(const std::string& topic) {
        return led().controller->catalogue()->find(topic)->partition(PartitionId{0})->leader;
    }

    Uuid cluster_id_ = Uuid::from_random(1, 2);
    ManualClock clock_;
    ManualTimedExecutor executor_{clock_};
    SeededRandom random_{1};
    TestNetwork network_{executor_};
    std::map<int, std::unique_ptr<Node>> nodes_;
    std::set<int> gone_;

  private:
    Result<std::unique_ptr<consensus::MetadataLog>> open_log(Node& node, consensus::StateMachine& machine) {
        consensus::RaftLogOptions options{
            .storage = {.directory = "data/m", .identity = {cluster_id_, node.id}, .first_members = {}},
            .election_ms = 500};
        if (node.id == NodeId{1})
            options.storage.first_members = {{.node = node.id, .address = label_of(node.id)}};
        return consensus::open_raft_log(options, machine,
                                        {.files = node.files,
                                         .executor = executor_,
                                         .clock = clock_,
                                         .random = random_,
                                         .transport = &node.peers,
                                         .run_after = [this](auto delay_ms, auto task) {
                                             return executor_.run_after(delay_ms, std::move(task));
                                         }});
    }
};

TEST_F(MembershipTest, JoinsRegistersAndIsUsable) {
    start_all();
    EXPECT_EQ(led().controller->log().members().size(), 3u);
    for (const auto& member : led().controller->log().members()) EXPECT_TRUE(member.is_voter);
    EXPECT_EQ(node(3).registered, std::vector{BrokerEpoch{1}});
    EXPECT_TRUE(node(3).membership->is_registered(BrokerEpoch{1}));
    EXPECT_EQ(known(3)->endpoints[0].port, 9003);
}

TEST_F(MembershipTest, FencesASilentNodeAndTakesItBack) {
    start_all();
    auto& first = led();
    const int silent = first.id.value == 3 ? 2 : 3;
    network_.cut_off(NodeId{silent});
    const auto took_ms = run_until([&] { return is_fenced(silent); });
    EXPECT_GE(took_ms, 700);
    EXPECT_LE(took_ms, 1000);
    network_.reconnect(NodeId{silent});
    run_until([&] { return is_usable(silent); });
    EXPECT_EQ(node(silent).registered.size(), 1u) << "the same start counts";
}

TEST_F(MembershipTest, FencesANodeSoonerWhoseConnectionBroke) {
    start_all();
    auto& first = led();
    const int dead = first.id.value == 3 ? 2 : 3;
    network_.cut_off(NodeId{dead});
    first.peers.break_connection(NodeId{dead});
    EXPECT_LE(run_until([&] { return is_fenced(dead); }), 400);
}

TEST_F(MembershipTest, ANewControllerKnowsWhoseConnectionBrokeBefore) {
    start_all();
    const int dead = led().id.value;
    cut_off(dead);
    for (auto& [number, one] : nodes_) one->peers.break_connection(NodeId{dead});
    run_until([&] { return leader() != nullptr; });
    EXPECT_LE(run_until([&] { return is_fenced(dead); }), 450);
}

TEST_F(MembershipTest, FencesANodeAtOnceWhoseProcessHasEnded) {
    start_all();
    const int dead = led().id.value == 3 ? 2 : 3;
    kill(dead);
    EXPECT_LE(run_until([&] { return is_fenced(dead); }), 5);
}

TEST_F(MembershipTest, ElectsAtOnceWhenTheLeadersProcessHasEnded) {
    for (int turn = 0; turn < 3; ++turn) {
        start_all();
        const int dead = led().id.value;
        kill(dead);
        EXPECT_LE(run_until([&] { return leader() != nullptr; }), 30);
        EXPECT_LE(run_until([&] { return is_fenced(dead); }), 60);
        executor_.drop_all();
        nodes_.clear();
        gone_.clear();
        network_.reconnect(NodeId{dead});
    }
}

TEST_F(MembershipTest, AsksAgainSoonWhereTheOtherVotersHaveNotSeenItYet) {
    start_all();
    const int dead = led().id.value;
    const int first = dead == 1 ? 2 : 1, second = dead == 3 ? 2 : 3;
    cut_off(dead);
    node(first).peers.lose_process(NodeId{dead});
    run_ms(15);
    EXPECT_EQ(leader(), nullptr) << "the other one has a leader still";
    node(second).peers.lose_process(NodeId{dead});
    EXPECT_LE(run_until([&] { return leader() != nullptr; }), 100);
}

TEST_F(MembershipTest, OneThatIsWrongAboutTheLeaderDeposesNobody) {
    start_all();
    auto& first = led();
    const auto term = first.controller->log().term();
    const int other = first.id.value == 3 ? 2 : 3;
    for (int i = 0; i < 20; ++i) {
        node(other).peers.lose_process(first.id);
        run_ms(170);
        EXPECT_EQ(leader(), &first);
        EXPECT_EQ(node(other).controller->log().leader(), first.id);
    }
    EXPECT_EQ(first.controller->log().term(), term);
}

TEST_F(MembershipTest, ANodeThatIsTakenForDeadComesBack) {
    start_all();
    auto& first = led();
    const int other = first.id.value == 3 ? 2 : 3;
    first.peers.lose_process(NodeId{other});
    run_until([&] { return is_fenced(other); });
    EXPECT_LE(run_until([&] { return is_usable(other); }), 400);
    EXPECT_EQ(node(other).registered.size(), 1u);
    for (int i = 0; i < 20; ++i) {
        first.peers.lose_process(NodeId{other});
        run_ms(20);
        EXPECT_TRUE(is_usable(other)) << "nobody is believed again so soon";
    }
}

TEST_F(MembershipTest, SuspectsANodeForAWhileThatItHasLost) {
    start_all();
    EXPECT_FALSE(node(1).membership->is_suspect(NodeId{3}));
    node(1).peers.break_connection(NodeId{3});
    EXPECT_TRUE(node(1).membership->is_suspect(NodeId{3}));
    EXPECT_FALSE(node(2).membership->is_suspect(NodeId{3}));
    run_ms(5000);
    EXPECT_FALSE(node(1).membership->is_suspect(NodeId{3})) << "the others may see it";
}

TEST_F(MembershipTest, ABrokenConnectionAloneFencesNobody) {
    start_all();
    auto& first = led();
    const int other = first.id.value == 3 ? 2 : 3;
    first.peers.break_connection(NodeId{other});
    run_ms(2000);
    EXPECT_TRUE(is_usable(other));
}

TEST_F(MembershipTest, TheNextControllerFencesTheLastOne) {
    start_all();
    const int dead = led().id.value;
    cut_off(dead);
    run_until([&] { return leader() != nullptr && is_fenced(dead); });
    const int other = dead == 3 ? 2 : 3;
    EXPECT_EQ(ask(node(other), producer_ids_method), "good");
    EXPECT_EQ(ask(node(dead), producer_ids_method), "unavailable");
    reconnect(dead);
    run_until([&] { return is_usable(dead); });
}

TEST_F(MembershipTest, TheNodesBeatAtTheNextControllerWhileTheLastOneIsSilent) {
    start_all();
    const int silent = led().id.value;
    network_.silence(NodeId{silent});
    gone_.insert(silent);
    run_until([&] { return leader() != nullptr && is_fenced(silent); });
    for (int ms = 0; ms < 2000; ms += 50) {
        run_ms(50);
        for (const int other : {1, 2, 3}) EXPECT_TRUE(other == silent || is_usable(other));
    }
}

TEST_F(MembershipTest, ASilentControllerIsFencedSoonAfterTheNextOneLeads) {
    start_all();
    const int silent = led().id.value;
    network_.silence(NodeId{silent});
    gone_.insert(silent);
    EXPECT_LE(run_until([&] { return leader() != nullptr; }), 1050);
    EXPECT_LE(run_until([&] { return is_fenced(silent); }), 400);
}

TEST_F(MembershipTest, AControllerThatHandedOverIsNotFenced) {
    start_all();
    for (int turn = 0; turn < 5; ++turn) {
        const int next = led().id.value == 3 ? 2 : 3;
        lead_with(next);
        for (int ms = 0; ms < 1500; ms += 10) {
            run_ms(10);
            ASSERT_TRUE(is_usable(1) && is_usable(2) && is_usable(3));
        }
    }
}

TEST_F(MembershipTest, WhatASilentLeaderWasAskedEndsOnceAnotherOneLeads) {
    start_all();
    const int silent = led().id.value;
    network_.silence(NodeId{silent});
    gone_.insert(silent);
    const int other = silent == 3 ? 2 : 3;
    EXPECT_EQ(ask(node(other), producer_ids_method), "outcome_unknown");
    EXPECT_NE(leader(), nullptr);
    EXPECT_EQ(ask(node(other), producer_ids_method), "good");
}

TEST_F(MembershipTest, WhatIsAskedGoesToTheLeader) {
    start_all();
    for (const int number : {1, 2, 3}) {
        const auto text = as_bytes(std::string_view{number == 1 ? "a" : number == 2 ? "b" : "c"});
        EXPECT_EQ(ask(node(number), create_topic_method, {text.begin(), text.end()}), "good");
    }
    EXPECT_EQ(led().controller->catalogue()->topic_count(), 3u);
    const int other = led().id.value == 3 ? 2 : 3;
    EXPECT_EQ(handle(node(other), producer_ids_method, 1, {}), "not_leader");
}

TEST_F(MembershipTest, NobodySpeaksForAnother) {
    start_all();
    auto& first = led();
    const metadata::Heartbeat beat{.start = {NodeId{2}, BrokerEpoch{1}}};
    EXPECT_EQ(handle(first, heartbeat_method, 3, encode(beat)), "not_authorized");
    EXPECT_EQ(handle(first, join_method, 3, encode(address(4))), "not_authorized");
    EXPECT_EQ(handle(first, register_method, 3, encode(RegisterCall{.node = {.id = NodeId{2}}})),
              "not_authorized");
    EXPECT_EQ(handle(first, alter_partitions_method, 3,
                     encode(metadata::AlterPartitions{.leader = {NodeId{2}, BrokerEpoch{1}}})),
              "not_authorized");
    EXPECT_EQ(handle(first, heartbeat_method, 3, {}), "corrupt");
}

TEST_F(MembershipTest, RegistersAgainWhenAnotherStartCounts) {
    start_all();
    const int other = led().id.value == 3 ? 2 : 3;
    auto imposter = *known(other);
    EXPECT_EQ(submit(metadata::RegisterNode{.node = imposter, .is_clean = true}), "good");
    run_until([&] { return node(other).registered.size() == 2; });
    EXPECT_EQ(node(other).registered.back(), BrokerEpoch{3});
    run_until([&] { return is_usable(other); });
}

TEST_F(MembershipTest, LeavesOnceOthersLeadInItsPlace) {
    start_all();
    const int leaving = led().id.value;
    const int other = leaving == 3 ? 2 : 3;
    create_on("t", {leaving, other});
    leave(node(leaving));
    const auto took_ms = run_until([&] { return node(leaving).has_left; });
    EXPECT_LT(took_ms, 1500);
    EXPECT_NE(led().id.value, leaving);
    EXPECT_TRUE(is_fenced(leaving));
    EXPECT_EQ(partition_leader("t"), NodeId{other});
    run_ms(3000);
    EXPECT_TRUE(is_fenced(leaving)) << "its heartbeats go on, but it is not taken back";
}

TEST_F(MembershipTest, WaitsNoLongerThanTheLimitForReplicasThatLag) {
    start_all();
    const int leaving = led().id.value == 3 ? 2 : 3;
    create_on("t", {leaving, 1 == led().id.value ? 1 : led().id.value});
    const auto& topic = *led().controller->catalogue()->find("t");
    const auto& at = *topic.partition(PartitionId{0});
    metadata::AlterPartitions alone{.leader = {NodeId{leaving}, known(leaving)->broker_epoch}};
    alone.items.push_back({.topic = topic.id,
                           .partition = PartitionId{0},
                           .leader_epoch = at.leader_epoch,
                           .partition_epoch = at.partition_epoch,
                           .in_sync = {alone.leader}});
    EXPECT_EQ(submit(alone), "good");
    leave(node(leaving));
    const auto took_ms = run_until([&] { return node(leaving).has_left; });
    EXPECT_GE(took_ms, departure_limit_ms);
    EXPECT_LT(took_ms, departure_limit_ms + 200);
}

TEST_F(MembershipTest, TheLastNodeLeavesAtOnce) {
    start_all();
    leave(node(1));
    leave(node(2));
    leave(node(3));
    EXPECT_LT(run_until([&] { return node(1).has_left && node(2).has_left && node(3).has_left; }), 2000);
}

TEST_F(MembershipTest, WithoutAControllerLeavesSoon) {
    start_all();
    const int leaving = led().id.value == 3 ? 2 : 3;
    for (const int number : {1, 2, 3}) {
        if (number != leaving) cut_off(number);
    }
    leave(node(leaving));
    EXPECT_LT(run_until([&] { return node(leaving).has_left; }), leaderless_limit_ms + 3000);
}

TEST_F(MembershipTest, ARemovedNodeLeavesTheGroupEvenIfItLedIt) {
    start_all();
    const int removed = led().id.value;
    EXPECT_EQ(submit(metadata::DrainNode{.node = NodeId{removed}}), "good");
    EXPECT_EQ(submit(metadata::RemoveNode{NodeId{removed}}), "good");
    run_until([&] {
        return leader() != nullptr && leader()->id.value != removed &&
               leader()->controller->log().members().size() == 2;
    });
    EXPECT_EQ(handle(led(), join_method, removed, encode(address(removed))), "already_exists");
    EXPECT_EQ(submit(metadata::CreateTopic{.name = "t"}), "good");
}

// By its own log it is a member; nobody tells it anything any more.
TEST_F(MembershipTest, ANodeThatWasRemovedWhileItWasAwayIsToldSo) {
    start_all();
    cut_off(3);
    run_until([&] { return is_fenced(3); });
    EXPECT_EQ(submit(metadata::DrainNode{.node = NodeId{3}}), "good");
    EXPECT_EQ(submit(metadata::RemoveNode{NodeId{3}}), "good");
    run_until([&] { return led().controller->log().members().size() == 2; });
    EXPECT_EQ(node(3).refused, "");
    reconnect(3);
    run_until([&] { return !node(3).refused.empty(); });
    EXPECT_NE(node(3).refused.find("was removed"), std::string::npos) << node(3).refused;
}

// As when the leader that took it in died before the others knew.
TEST_F(MembershipTest, ANodeOfWhichTheGroupKnowsNothingIsTakenInAgain) {
    start_all();
    cut_off(3);
    run_until([&] { return is_fenced(3); });
    led().controller->log().remove(NodeId{3}, [](auto&&) {});
    run_until([&] { return led().controller->log().members().size() == 2; });
    reconnect(3);
    run_until([&] { return led().controller->log().members().size() == 3 && !is_fenced(3); });
    EXPECT_EQ(node(3).refused, "");
}

// It was introduced by node 1 while node 2 led, and would ask only node 2 for ever.
TEST_F(MembershipTest, AJoinerIsTakenInThoughTheLeaderItWasToldOfIsGoneForGood) {
    start_all();
    lead_with(2);
    start(4);
    run_until([&] { return node(4).peers.address(NodeId{2}).has_value(); });
    cut_off(2);
    run_until([&] { return is_usable(4); });
}

TEST_F(MembershipTest, AnswersNothingOnceStopped) {
    start_all();
    auto& first = led();
    first.membership->stop();
    EXPECT_EQ(handle(first, producer_ids_method, 2, {}), "shutting_down");
    EXPECT_EQ(handle(first, introduce_method, 2, {}), "shutting_down");
}

}  // namespace
}  // namespace weir::cluster
