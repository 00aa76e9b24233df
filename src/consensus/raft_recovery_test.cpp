// A node of a group whose metadata files are damaged: the others fill it again, and until then it has no say.
#include "consensus/members.hpp"
#include "consensus/recovery_note.hpp"
#include "support/metadata_group.hpp"

namespace weir::consensus {
namespace {

const std::string recovering_directory = "data/m";

class Recovery : public TestGroup {
  protected:
    void SetUp() override { set_log_level(LogLevel::off); }
    Node& node(int number) { return *nodes_.at(NodeId{number}); }
    void end(int number) {
        node(number).log.reset();
        node(number).files.crash(test::Crash::kill);
    }
    std::vector<std::string> files_of(int number, std::string_view front) {
        std::vector<std::string> found;
        for (const auto& path : node(number).files.paths())
            if (path.starts_with(recovering_directory + "/" + std::string{front})) found.push_back(path);
        return found;
    }
    std::string log_of(int number) { return files_of(number, "log-").at(0); }
    void fill(int commands) {
        for (int i = 0; i < commands; ++i) EXPECT_EQ(ask(leader(), fmt::format("command {}", i)), "good");
    }
    void expect_recovered(int number) {
        EXPECT_EQ(files_of(number, "recovering"), std::vector<std::string>{});
        EXPECT_EQ(files_of(number, "set-aside-"), std::vector<std::string>{});
        EXPECT_NE(node(number).log->role(), Role::learner);
    }
    bool anybody_leads() const {
        return std::ranges::any_of(nodes_, [&](const auto& each) {
            return each.second->log && !is_cut_off(each.first) && each.second->log->role() == Role::leader;
        });
    }
};

TEST_F(Recovery, GoesOnWhateverFileOfANodeIsDamaged) {
    start_three();
    fill(60);  // more than one snapshot's worth
    int turn = 0;
    for (const std::string file : {"log-", "snapshot-", "mark", "vote", "vote-copy", "identity", "members"}) {
        for (const std::string kind : {"bit", "page", "cut", "gone"}) {
            SCOPED_TRACE(file + " " + kind);
            const int number = turn++ % 3;
            leader();
            end(number);
            const auto path = files_of(number, file).at(0);
            auto& files = node(number).files;
            const auto size = files.file_size(path).value();
            if (kind == "bit") files.flip_bit(path, std::min<std::uint64_t>(size - 1, 9));
            if (kind == "page") files.zero(path, 0, 512);
            if (kind == "cut") files.cut(path, size / 2);
            if (kind == "gone") files.lose(path);
            start(number, three());
            run_ms(3000);  // it may have been the log: then another leader is elected
            fill(3);
            run_ms(3000);
            expect_all_alike();
            expect_recovered(number);
        }
    }
}

TEST_F(Recovery, KeepsWhatOnlyTheDamagedNodeAndTheLeaderHad) {
    start_three();
    auto& first = leader();
    const int damaged = (first.id.value + 1) % 3, behind = (first.id.value + 2) % 3;
    fill(5);
    cut_off_ = NodeId{behind};
    EXPECT_EQ(ask(first, "precious"), "good");
    end(damaged);
    node(damaged).files.flip_bit(log_of(damaged), 100);
    // The one that has it is out of reach: the other two must not lead without it.
    cut_off_ = first.id;
    start(damaged, three());
    run_ms(30'000);
    EXPECT_FALSE(anybody_leads());
    EXPECT_EQ(node(damaged).log->role(), Role::learner);
    cut_off_.reset();
    EXPECT_EQ(ask(leader(), "more"), "good");
    run_ms(3000);
    expect_all_alike();
    EXPECT_NE(node(damaged).machine.text.find("precious"), std::string::npos);
    expect_recovered(damaged);
    EXPECT_EQ(change([&](auto done) { leader().log->transfer(NodeId{damaged}, done); }), "good");
}

// The first node of a group finds in the log that it gets back that it is the only voter.
TEST_F(Recovery, LeadsNobodyByAnOldList) {
    start(0, {member(0)});
    leader();
    fill(3);
    for (const int id : {1, 2}) {
        start(id, {});
        EXPECT_EQ(change([&](auto done) { leader().log->add_learner(member(id), done); }), "good");
        EXPECT_EQ(change([&](auto done) { leader().log->promote(NodeId{id}, done); }), "good");
    }
    fill(3);
    end(0);
    node(0).files.cut(log_of(0), 20);
    cut_off_ = NodeId{0};
    start(0, {member(0)});
    const auto until = read_recovery(node(0).files, recovering_directory).value().value();
    const Sender head{Uuid::from_random(1, 2), address(NodeId{1})};
    AppendRequest first_entry{.term = until, .previous = {}, .committed = 1, .entries = {}};
    first_entry.entries.push_back(
        {.term = 1, .kind = RecordKind::members, .data = encode_members({member(0)})});
    EXPECT_TRUE(node(0).log->receive(NodeId{1}, encode_message(head, first_entry)));
    for (int i = 0; i < 20; ++i) {
        run_ms(1000);
        EXPECT_EQ(node(0).log->role(), Role::learner);
        EXPECT_EQ(node(0).log->members().size(), 1u);
    }
    // Nor by a start in the midst of it.
    end(0);
    start(0, {member(0)});
    run_ms(10'000);
    EXPECT_EQ(node(0).log->role(), Role::learner);
    cut_off_.reset();
    fill(3);
    run_ms(3000);
    expect_all_alike();
    expect_recovered(0);
}

TEST_F(Recovery, GivesNoVoteAndTakesNoLead) {
    start_three();
    fill(3);
    const auto damaged = leader().id;
    end(damaged.value);
    node(damaged.value).files.lose(log_of(damaged.value));
    cut_off_ = damaged;
    auto& recovering = start(damaged.value, three());
    const NodeId other{(damaged.value + 1) % 3};
    cut_off_.reset();
    for (auto& [id, each] : nodes_)
        if (id != damaged) each->log.reset();
    const auto term = recovering.log->term();
    const auto before = sent_;
    const Sender head{Uuid::from_random(1, 2), address(other)};
    const std::vector<Message> asked{
        VoteRequest{.term = term + 1, .last = {1000, term}, .is_pre_vote = true, .disrupts_leader = false},
        VoteRequest{.term = term + 1, .last = {1000, term}, .is_pre_vote = false, .disrupts_leader = true},
        ElectionRequest{.term = term, .last = {}}};
    for (const auto& message : asked)
        EXPECT_TRUE(recovering.log->receive(other, encode_message(head, message)));
    recovering.log->on_gone(other);
    run_ms(5000);
    EXPECT_EQ(sent_, before) << "not a word";
    EXPECT_EQ(recovering.log->term(), term);
}

TEST_F(Recovery, IsNotBegunWhereTheOthersAreTooFew) {
    start(0, {member(0), member(1)});
    start(1, {member(0), member(1)});
    fill(3);
    run_ms(500);
    end(0);
    node(0).files.flip_bit(log_of(0), 60);
    TestMachine machine;
    const auto opened = open_raft_log(
        {.storage = {.directory = recovering_directory, .identity = {}, .first_members = {}}}, machine,
        {.files = node(0).files,
         .executor = executor_,
         .clock = clock_,
         .random = random_,
         .transport = &node(0),
         .run_after = [this](auto delay_ms, auto task) { return run_after(delay_ms, task); }});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_NE(opened.error().message.find("replace this node"), std::string::npos) << opened.error().message;
    EXPECT_EQ(files_of(0, "set-aside-"), std::vector<std::string>{});
}

}  // namespace
}  // namespace weir::consensus
