// The metadata log of several nodes: they elect, agree, grow, shrink, hand over, catch up. Faults are for the
// simulator (tests/simulation).
#include <set>

#include "consensus/engine.hpp"
#include "support/metadata_group.hpp"

namespace weir::consensus {
namespace {

using Group = TestGroup;

TEST_F(Group, OfThreeElectsALeaderAndAgrees) {
    start_three();
    auto& first = leader();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(first, fmt::format("command {}", i)), "good");
    for (const auto& [id, node] : nodes_) EXPECT_EQ(node->log->leader(), first.id);
    expect_all_alike();
    for (const auto& [id, node] : nodes_)
        if (node.get() != &first) EXPECT_EQ(ask(*node, "x"), "not_leader");
}

TEST_F(Group, GrowsFromOneNodeToThree) {
    start(0, {member(0)});
    auto& first = leader();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(ask(first, fmt::format("command {}", i)), "good");
    for (const int id : {1, 2}) {
        auto& joined = start(id, {});
        EXPECT_EQ(change([&](auto done) { first.log->add_learner(member(id), done); }), "good");
        EXPECT_EQ(change([&](auto done) { first.log->promote(NodeId{id}, done); }), "good");
        EXPECT_GT(joined.machine.restored_at.index, 0u) << "by a snapshot";
    }
    EXPECT_EQ(first.log->members(), three());
    EXPECT_EQ(ask(first, "together"), "good");
    expect_all_alike();
    EXPECT_EQ(nodes_[NodeId{2}]->log->role(), Role::follower);
}

TEST_F(Group, GoesOnWithoutOneAndLetsItCatchUp) {
    start_three();
    auto& lost = leader();
    EXPECT_EQ(ask(lost, "before"), "good");
    cut_off_ = lost.id;
    std::string outcome = "none";
    lost.log->propose({1}, [&](const Result<LogPosition>& at) { outcome = name(at.error().code); });
    auto& next = leader();
    ASSERT_NE(next.id, lost.id);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(ask(next, fmt::format("command {}", i)), "good");
    EXPECT_EQ(outcome, "outcome_unknown");
    EXPECT_NE(lost.log->role(), Role::leader);
    cut_off_.reset();
    run_ms(3000);
    expect_all_alike();
    EXPECT_EQ(lost.machine.text.find("\x01"), std::string::npos);
}

TEST_F(Group, LearnsAtOnceWhatIsCommitted) {
    start_three();
    auto& first = leader();
    EXPECT_EQ(ask(first, "before"), "good");
    for (int i = 0; i < 20; ++i) {
        run_ms(7);  // at any time between two heartbeats
        first.log->propose({1}, [](auto&&) {});
        executor_.run_all();
        for (const auto& [id, node] : nodes_)
            EXPECT_EQ(node->log->applied(), first.log->applied()) << "node " << id.value;
    }
}

TEST_F(Group, IsToldOnceOfABurst) {
    start_three();
    auto& first = leader();
    EXPECT_EQ(ask(first, "before"), "good");
    const auto before = sent_;
    for (int i = 0; i < 100; ++i) first.log->propose({1}, [](auto&&) {});
    executor_.run_all();
    EXPECT_EQ(nodes_[NodeId{2}]->machine.text.size(), first.machine.text.size());
    EXPECT_LE(sent_ - before, 8) << "to two followers: the entries and what is committed, and the answers";
}

TEST_F(Group, ElectsTheFirstWhoAsksOnceTheLeaderIsSilent) {
    for (int turn = 0; turn < 5; ++turn) {
        start_three();
        auto& silent = leader();
        EXPECT_EQ(ask(silent, "before"), "good");
        run_ms(500);
        cut_off_ = silent.id;
        const auto asks = [&](const auto& each) {
            return each.first != silent.id && each.second->log->role() != Role::follower;
        };
        while (std::ranges::none_of(nodes_, asks)) run_ms(1);
        const auto before = clock_.monotonic_ms();
        EXPECT_NE(leader().id, silent.id);
        EXPECT_LE(clock_.monotonic_ms() - before, 10);
        cut_off_.reset();
    }
}

// The engine's memory of one byte: what entries and snapshots come in (engine_token).
class EngineTokens {
  public:
    EngineTokens() { raft_heap_set(&heap_); }
    ~EngineTokens() { raft_heap_set_default(); }
    std::size_t count() const { return there_.size(); }

  private:
    static void* allocate(void* self, std::size_t size) {
        auto* memory = std::malloc(size);
        if (size == 1) static_cast<EngineTokens*>(self)->there_.insert(memory);
        return memory;
    }
    static void release(void* self, void* memory) {
        static_cast<EngineTokens*>(self)->there_.erase(memory);
        std::free(memory);
    }

    std::set<void*> there_;
    raft_heap heap_{
        .data = this,
        .malloc = allocate,
        .free = release,
        .calloc = [](void*, std::size_t count, std::size_t size) { return std::calloc(count, size); },
        .realloc = [](void*, void* memory, std::size_t size) { return std::realloc(memory, size); },
        .aligned_alloc = nullptr,
        .aligned_free = nullptr};
};

// A leader that has heard no answer sends them again, and what has come since with them.
TEST_F(Group, LetsGoOfEntriesOfWhichItHasTheFirstOnes) {
    auto& follower = start(0, three());
    EngineTokens tokens;
    const Sender head{Uuid::from_random(1, 2), address(NodeId{1})};
    AppendRequest request{.term = 2, .previous = {1, 1}, .committed = 1, .entries = {}};
    for (int i = 0; i < 3; ++i) {
        request.entries.push_back({.term = request.term, .kind = RecordKind::command, .data = {1}});
        EXPECT_TRUE(follower.log->receive(NodeId{1}, encode_message(head, request)));
        executor_.run_all();
    }
    request.committed = 4;
    EXPECT_TRUE(follower.log->receive(NodeId{1}, encode_message(head, request)));
    executor_.run_all();
    EXPECT_EQ(follower.machine.text, "2=\x01;3=\x01;4=\x01;");
    EXPECT_EQ(tokens.count(), 0u);
    follower.log.reset();
}

TEST_F(Group, HearsNoStrangersWhileItIsLed) {
    start_three();
    auto& first = leader();
    const auto term = first.log->term();
    const Sender head{Uuid::from_random(1, 2), "host-9:9094"};
    const std::vector<Message> forged{
        VoteRequest{.term = 1000, .last = {1000, 999}, .is_pre_vote = false, .disrupts_leader = true},
        AppendRequest{.term = 1000, .previous = {}, .committed = 1000, .entries = {}},
        ElectionRequest{.term = term, .last = {1000, term}}};
    for (auto& [id, node] : nodes_) {
        for (const auto& message : forged)
            EXPECT_TRUE(node->log->receive(NodeId{9}, encode_message(head, message)));
    }
    run_ms(100);
    EXPECT_EQ(first.log->role(), Role::leader);
    EXPECT_EQ(first.log->term(), term);
    EXPECT_EQ(ask(first, "as before"), "good");
}

TEST_F(Group, HandsOverTheLead) {
    start_three();
    auto& first = leader();
    const NodeId to{(first.id.value + 1) % 3};
    const auto before = clock_.monotonic_ms();
    EXPECT_EQ(change([&](auto done) { first.log->transfer(to, done); }), "good");
    EXPECT_LT(clock_.monotonic_ms() - before, 100) << "without waiting for a timeout";
    EXPECT_EQ(leader().id, to);
    EXPECT_EQ(change([&](auto done) { leader().log->transfer(to, done); }), "invalid_argument");
}

TEST_F(Group, RemovesItsLeaderOnceAnotherOneLeads) {
    start_three();
    auto& first = leader();
    EXPECT_EQ(ask(first, "before"), "good");
    EXPECT_EQ(change([&](auto done) { first.log->remove(first.id, done); }), "not_leader");
    EXPECT_EQ(first.log->members().size(), 3u);
    auto& next = leader();
    ASSERT_NE(next.id, first.id);
    const auto gone = first.id;
    EXPECT_EQ(change([&](auto done) { next.log->remove(gone, done); }), "good");
    nodes_.erase(gone);
    EXPECT_EQ(ask(next, "two"), "good");
    expect_all_alike();
}

TEST_F(Group, OfOneKeepsItsLastVoter) {
    start(0, {member(0)});
    auto& only = leader();
    EXPECT_EQ(change([&](auto done) { only.log->remove(only.id, done); }), "invalid_argument");
}

TEST_F(Group, RemovesAMember) {
    start_three();
    auto& first = leader();
    const NodeId other{(first.id.value + 1) % 3};
    EXPECT_EQ(change([&](auto done) { first.log->remove(NodeId{9}, done); }), "not_found");
    EXPECT_EQ(change([&](auto done) { first.log->remove(other, done); }), "good");
    EXPECT_EQ(first.log->members().size(), 2u);
    nodes_.erase(other);
    EXPECT_EQ(ask(first, "two"), "good");
    expect_all_alike();
}

TEST_F(Group, RefusesChangesThatMakeNoSense) {
    start_three();
    auto& first = leader();
    auto& other = *nodes_[NodeId{(first.id.value + 1) % 3}];
    EXPECT_EQ(change([&](auto done) { other.log->add_learner(member(5), done); }), "not_leader");
    EXPECT_EQ(change([&](auto done) { first.log->add_learner(member(1), done); }), "already_exists");
    EXPECT_EQ(change([&](auto done) { first.log->promote(other.id, done); }), "already_exists");
    // A learner that is not there never catches up, and meanwhile nothing else can be changed.
    EXPECT_EQ(change([&](auto done) { first.log->add_learner(member(5), done); }), "good");
    std::string slow = "none";
    first.log->promote(NodeId{5}, [&](const Result<void>& done) { slow = name(done.error().code); });
    EXPECT_EQ(change([&](auto done) { first.log->remove(NodeId{5}, done); }), "busy");
    run_ms(10'000);
    EXPECT_EQ(slow, "timed_out");
    EXPECT_EQ(ask(first, "still here"), "good");
}

TEST_F(Group, KeepsEverythingOverARestartOfAll) {
    start_three();
    for (int i = 0; i < 60; ++i) EXPECT_EQ(ask(leader(), fmt::format("command {}", i)), "good");
    const auto before = leader().machine.text;
    for (auto& [id, node] : nodes_) {
        node->log.reset();
        node->files.crash(test::Crash::power_cut);
    }
    executor_.drop_all();
    alarms_.clear();
    start_three();
    auto& first = leader();
    EXPECT_EQ(ask(first, "more"), "good");
    EXPECT_EQ(first.machine.text.substr(0, before.size()), before);
    expect_all_alike();
}

TEST_F(Group, StopsWhileOthersGoOn) {
    start_three();
    auto& first = leader();
    std::vector<std::string> order;
    first.log->propose({1}, [&](const Result<LogPosition>& at) { order.emplace_back(at ? "good" : "bad"); });
    first.log->stop([&] { order.emplace_back("stopped"); });
    run_ms(2000);
    EXPECT_EQ(order, (std::vector<std::string>{"good", "stopped"}));
    first.log.reset();
    EXPECT_NE(leader().id, first.id);
}

}  // namespace
}  // namespace weir::consensus
