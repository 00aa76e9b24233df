// The metadata log of several nodes: they elect, agree, grow, shrink, hand over, catch up. Faults are for the
// simulator (tests/simulation).
#include <gtest/gtest.h>

#include <map>

#include "base/log_line.hpp"
#include "base/random.hpp"
#include "consensus/message_format.hpp"
#include "consensus/raft_metadata_log.hpp"
#include "consensus/test_machine.hpp"
#include "support/faulty_file_system.hpp"
#include "support/flag_timer.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"

namespace weir::consensus {
namespace {

class Group : public ::testing::Test {
  protected:
    struct Node : Transport {
        Group& group;
        NodeId id;
        test::FaultyFileSystem files;
        TestMachine machine;
        std::unique_ptr<MetadataLog> log;

        Node(Group& all, NodeId number) : group(all), id(number) {}
        void send(NodeId to, const std::string& address, Bytes message) override {
            EXPECT_EQ(address, group.address(to));
            if (group.is_cut_off(id) || group.is_cut_off(to)) return;
            ++group.sent_;
            group.executor_.post([this, to, message = std::move(message)] {
                const auto receiver = group.nodes_.find(to);
                if (receiver != group.nodes_.end() && receiver->second->log)
                    EXPECT_TRUE(receiver->second->log->receive(id, message));
            });
        }
    };
    struct Alarm {
        std::int64_t at_ms;
        std::shared_ptr<bool> is_set;
        std::function<void()> task;
    };

    void TearDown() override {
        for (auto& [id, node] : nodes_) node->log.reset();
    }

    std::string address(NodeId id) const { return fmt::format("host-{}:9094", id.value); }
    bool is_cut_off(NodeId id) const { return cut_off_ == id; }
    Member member(int id) const { return {.node = NodeId{id}, .address = address(NodeId{id})}; }

    Node& start(int number, std::vector<Member> first_members) {
        const NodeId id{number};
        auto& node = nodes_[id];
        if (!node) {
            node = std::make_unique<Node>(*this, id);
            EXPECT_TRUE(node->files.make_directories("data") && node->files.sync_directory(""));
        }
        node->log.reset();
        node->machine = {};
        auto opened = open_raft_log(
            {.storage = {.directory = "data/m",
                         .identity = {Uuid::from_random(1, 2), id},
                         .first_members = std::move(first_members)},
             .snapshot_every_bytes = 2000,
             .trailing_entries = 3},
            node->machine,
            {.files = node->files,
             .executor = executor_,
             .clock = clock_,
             .random = random_,
             .transport = node.get(),
             .run_after = [this](auto delay_ms, auto task) { return run_after(delay_ms, std::move(task)); }});
        EXPECT_TRUE(opened);
        node->log = std::move(*opened);
        return *node;
    }
    std::unique_ptr<runtime::Timer> run_after(std::int64_t delay_ms, std::function<void()> task) {
        auto is_set = std::make_shared<bool>(true);
        alarms_.push_back({clock_.monotonic_ms() + delay_ms, is_set, std::move(task)});
        return std::make_unique<test::FlagTimer>(std::move(is_set));
    }
    void run_ms(int duration) {
        for (int ms = 0; ms < duration; ++ms) {
            executor_.run_all();
            clock_.advance_ms(1);
            for (auto& alarm : std::exchange(alarms_, {})) {
                if (!*alarm.is_set) continue;
                if (alarm.at_ms > clock_.monotonic_ms()) {
                    alarms_.push_back(std::move(alarm));
                } else {
                    alarm.task();
                }
            }
        }
    }
    // Lets time pass until one leads that all that are not cut off agree on.
    Node& leader() {
        for (int i = 0; i < 1000; ++i) {
            run_ms(10);
            for (auto& [id, node] : nodes_)
                if (!is_cut_off(id) && node->log && node->log->role() == Role::leader) return *node;
        }
        ADD_FAILURE() << "no leader";
        return *nodes_.begin()->second;
    }
    std::string ask(Node& node, std::string_view text) {
        std::string outcome = "none";
        const auto bytes = as_bytes(text);
        node.log->propose({bytes.begin(), bytes.end()}, [&](const Result<LogPosition>& at) {
            outcome = at ? "good" : std::string{name(at.error().code)};
        });
        for (int i = 0; i < 500 && outcome == "none"; ++i) run_ms(10);
        return outcome;
    }
    template <class Call>
    std::string change(Call call) {
        std::string outcome = "none";
        call([&](const Result<void>& done) {
            outcome = done ? "good" : std::string{name(done.error().code)};
        });
        for (int i = 0; i < 1000 && outcome == "none"; ++i) run_ms(10);
        return outcome;
    }
    std::vector<Member> three() const { return {member(0), member(1), member(2)}; }
    void start_three() {
        for (int i = 0; i < 3; ++i) start(i, three());
    }
    void expect_all_alike() {
        run_ms(500);
        for (const auto& [id, node] : nodes_)
            EXPECT_EQ(node->machine.text, nodes_.begin()->second->machine.text) << "node " << id.value;
    }

    std::map<NodeId, std::unique_ptr<Node>> nodes_;
    test::ManualExecutor executor_;
    test::ManualClock clock_;
    SeededRandom random_{1};
    std::vector<Alarm> alarms_;
    std::optional<NodeId> cut_off_;
    int sent_ = 0;  // messages
};

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
