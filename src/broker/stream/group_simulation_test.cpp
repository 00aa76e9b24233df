// Many members of a few groups join, sync, beat, commit, leave, crash and come back at random, under a clock
// by hand and with restarts of the broker: whatever happens, the promises of the group protocol hold.
#include "base/random.hpp"
#include "support/group_members.hpp"

namespace weir::stream {
namespace {

using namespace test;

constexpr std::int32_t session_ms = 10'000;
constexpr std::int32_t rebalance_ms = 20'000;
constexpr std::int32_t initial_delay_ms = 3'000;
// An initial delay never exceeds the rebalance timeout, and a rebalance that waits for static members that
// are away ends with their sessions.
constexpr std::int64_t longest_wait_ms = 2 * rebalance_ms + session_ms + initial_delay_ms;

// What all see together.
struct Book {
    std::map<std::pair<std::string, std::int32_t>, std::string> leaders;  // of a group's generation
    std::map<std::string, std::int64_t> committed;                        // group -> acknowledged offset
    std::map<std::string, std::int32_t> generations;                      // group -> the last one seen
};

// A client: does the next step of the protocol, gives up at random, follows what it is told.
class Client {
  public:
    Client(GroupDriver& groups, Random& random, Book& book, int number)
        : groups_(groups), random_(random), book_(book), group_(fmt::format("group-{}", number % 3)) {
        if (number % 4 == 0) instance_ = fmt::format("instance-{}", number);
    }

    void step() {
        if (waiting_) return look_for_answer();
        switch (state_) {
            case State::away:
                if (one_in(20)) send_join();
                break;
            case State::joined: return send_sync();
            case State::working: return work();
        }
    }
    // The broker has died: the connection is gone, the membership is not.
    void lose_connection() {
        waiting_.reset();
        if (state_ == State::away && !member_id_.empty()) send_join();
    }

  private:
    enum class State { away, joined, working };

    bool one_in(std::uint64_t n) { return random_.next() % n == 0; }
    void die() {
        waiting_.reset();
        state_ = State::away;
        member_id_.clear();
    }

    template <class R>
    void send(R request) {
        request.group = group_;
        request.instance_id = instance_;
        request.member_id = member_id_;
        waiting_ = groups_.send(std::move(request));
        asked_ms_ = groups_.now.steady_ms;
        look_for_answer();
    }

    void send_join() {
        state_ = State::away;
        auto request = join_request("", one_in(3) ? "payments" : "orders");
        request.session_timeout_ms = session_ms;
        request.rebalance_timeout_ms = rebalance_ms;
        request.can_skip_assignment = one_in(2);
        send(std::move(request));
    }
    void send_sync() {
        if (one_in(40)) return die();
        SyncRequest request = sync_request(reply_);
        send(std::move(request));
    }
    void work() {
        if (one_in(60)) return die();
        if (one_in(80)) return send_join();
        if (one_in(60) && !instance_) {
            LeaveRequest request = leave_of(member_id_);
            request.group = group_;
            groups_.ask(std::move(request));
            return die();
        }
        if (one_in(2)) return commit();
        HeartbeatRequest request = heartbeat_of(reply_);
        request.group = group_;
        request.instance_id = instance_;
        follow(groups_.ask(std::move(request)).error);
    }
    void commit() {
        CommitRequest request = commit_of(reply_, book_.committed[group_] + 1);
        request.group = group_;
        request.instance_id = instance_;
        const auto reply = groups_.ask(std::move(request));
        if (!reply.error) ++book_.committed[group_];
        follow(reply.error);
    }

    // What a client does about an error.
    void follow(const std::optional<Error>& error) {
        if (!error) return;
        switch (error->code) {
            case Errc::rebalance_in_progress:
            case Errc::illegal_generation: return send_join();
            case Errc::unknown_member: member_id_.clear(); return send_join();
            case Errc::fenced_instance: return die();
            default: ADD_FAILURE() << "unexpected " << error->message;
        }
    }

    void look_for_answer() {
        if (!waiting_) return;
        if (state_ == State::joined) return look_for_share();
        auto reply = groups_.take<JoinRequest>(*waiting_);
        if (!reply) return check_patience();
        waiting_.reset();
        if (code(*reply) == Errc::member_id_required) {
            member_id_ = reply->member_id;
            return send_join();
        }
        if (reply->error) return follow(reply->error);
        reply_ = std::move(*reply);
        member_id_ = reply_.member_id;
        check_leader();
        state_ = State::joined;
    }
    void look_for_share() {
        auto reply = groups_.take<SyncRequest>(*waiting_);
        if (!reply) return check_patience();
        waiting_.reset();
        state_ = State::working;
        follow(reply->error);
    }

    void check_patience() {
        ASSERT_LE(groups_.now.steady_ms - asked_ms_, longest_wait_ms) << member_id_ << " is stuck";
        if (one_in(200)) die();
    }
    // All members of a generation must be told of the same leader; a static one may change its id meanwhile.
    void check_leader() {
        if (reply_.leader == member_id_) EXPECT_FALSE(reply_.members.empty()) << "a leader without members";
        ASSERT_GT(reply_.generation, 0);
        const auto [at, first] = book_.leaders.try_emplace({group_, reply_.generation}, reply_.leader);
        if (!first && !at->second.starts_with("instance-")) {
            EXPECT_EQ(at->second, reply_.leader) << "two leaders of generation " << reply_.generation;
        }
    }

    GroupDriver& groups_;
    Random& random_;
    Book& book_;
    std::string group_;
    std::optional<std::string> instance_;
    State state_ = State::away;
    std::string member_id_;
    JoinReply reply_;
    std::optional<Token> waiting_;
    std::int64_t asked_ms_ = 0;
};

void expect_sound_members(const Group& group) {
    for (const auto& [id, member] : group.members) {
        const bool waits = member.joining || member.syncing;
        ASSERT_TRUE(waits || member.session_deadline_ms != never_ms) << id << " can't ever be dropped";
        if (member.joining) ASSERT_EQ(group.state, GroupState::preparing_rebalance);
        if (member.syncing) ASSERT_EQ(group.state, GroupState::completing_rebalance);
    }
}

void expect_sound(const Group& group, Book& book) {
    auto& last = book.generations[group.name];
    ASSERT_GE(group.generation, last) << "a generation came back";
    last = group.generation;
    expect_sound_members(group);
    switch (group.state) {
        case GroupState::empty: ASSERT_TRUE(group.members.empty()); break;
        case GroupState::preparing_rebalance: ASSERT_NE(group.join_deadline_ms, never_ms); break;
        case GroupState::completing_rebalance:
            ASSERT_NE(group.sync_deadline_ms, never_ms);
            ASSERT_TRUE(group.members.contains(group.leader));
            break;
        case GroupState::stable: ASSERT_TRUE(group.members.contains(group.leader)); break;
        case GroupState::dead: FAIL() << "no group is ever kept dead";
    }
}

void expect_sound(const GroupDriver& groups, Book& book) {
    for (int i = 0; i < 3; ++i) {
        if (const Group* group = groups.group(fmt::format("group-{}", i))) expect_sound(*group, book);
    }
}

void expect_acknowledged_offsets(GroupDriver& groups, const Book& book) {
    for (const auto& [group, offset] : book.committed) {
        if (offset == 0) continue;
        const auto fetched = groups.ask(FetchOffsetsRequest{group, {{{"orders", PartitionId{0}}}}});
        ASSERT_EQ(fetched.offsets.at(0).offset.value, offset) << "an acknowledged offset of " << group;
    }
}

class GroupSimulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(GroupSimulation, KeepsItsPromises) {
    SeededRandom random(GetParam());
    GroupDriver groups(
        {.initial_rebalance_delay_ms = initial_delay_ms, .new_member_join_timeout_ms = 60'000});
    Book book;
    std::vector<Client> clients;
    for (int i = 0; i < 15; ++i) clients.emplace_back(groups, random, book, i);
    for (int step = 0; step < 6'000 && !testing::Test::HasFailure(); ++step) {
        clients[random.next() % clients.size()].step();
        groups.advance(static_cast<std::int64_t>(random.next() % 200));
        expect_sound(groups, book);
        if (step % 100 == 0) expect_acknowledged_offsets(groups, book);
        if (random.next() % 1'500 == 0) {
            groups.restart();
            book.generations.clear();  // a generation that was not shared out may come again
            book.leaders.clear();
            for (auto& client : clients) client.lose_connection();
        }
    }
    EXPECT_GT(book.committed["group-0"] + book.committed["group-1"] + book.committed["group-2"], 100);
    // In the end all are gone, and nothing is left of them but what they committed.
    groups.advance(10 * longest_wait_ms);
    for (int i = 0; i < 3; ++i) {
        const Group* group = groups.group(fmt::format("group-{}", i));
        if (group) EXPECT_EQ(group->state, GroupState::empty);
    }
    EXPECT_TRUE(groups.open().empty()) << "somebody is still waiting";
    expect_acknowledged_offsets(groups, book);
}

INSTANTIATE_TEST_SUITE_P(Seeds, GroupSimulation, testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace weir::stream
