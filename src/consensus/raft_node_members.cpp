// Changing the group: learners, voters, removal, and handing over the lead.
#include "base/assert.hpp"
#include "consensus/raft_node.hpp"

namespace weir::consensus {

void RaftNode::add_learner(Member member, Changed done) {
    member.is_voter = false;
    run([this, member = std::move(member), done = std::move(done)]() mutable {
        begin_change(Change::Kind::add, std::move(member), std::move(done));
    });
}
void RaftNode::promote(NodeId learner, Changed done) {
    run([this, learner, done = std::move(done)]() mutable {
        begin_change(Change::Kind::promote, {.node = learner}, std::move(done));
    });
}
void RaftNode::remove(NodeId node, Changed done) {
    run([this, node, done = std::move(done)]() mutable {
        begin_change(Change::Kind::remove, {.node = node}, std::move(done));
    });
}
std::optional<LogIndex> RaftNode::matched(NodeId member) const {
    if (!is_leader()) return std::nullopt;
    raft_index match = 0;
    const bool is_known = raft_match_index(&raft_, engine_id(member), &match) == 0;
    return is_known ? std::optional<LogIndex>{match} : std::nullopt;
}

void RaftNode::transfer(NodeId voter, Changed done) {
    run([this, voter, done = std::move(done)]() mutable { begin_transfer(voter, std::move(done)); });
}

void RaftNode::begin_change(Change::Kind kind, Member member, Changed done) {
    if (is_stopping_) return done(Error{Errc::shutting_down, "this node is stopping"});
    if (role() != Role::leader) return done(not_leader());
    if (change_ || transfer_) return done(Error{Errc::busy, "the group is being changed already"});
    if (kind == Change::Kind::remove && member.node == storage_->identity().node)
        return hand_over_to_be_removed(std::move(done));
    change_ = Change{.kind = kind, .member = std::move(member), .done = std::move(done)};
    settle();
}

// A leader that removed itself would neither vote nor stand by its own new list, and could be the only one
// that has it.
void RaftNode::hand_over_to_be_removed(Changed done) {
    const auto to = successor();
    if (!to) return done(Error{Errc::invalid_argument, "the last voter can't be removed"});
    begin_transfer(*to, [this, done = std::move(done)](const Result<void>& outcome) {
        done(outcome ? not_leader() : outcome.error());
    });
}

// The voter that has most of the log.
std::optional<NodeId> RaftNode::successor() const {
    std::optional<NodeId> best;
    raft_index most = 0;
    for (const auto& member : members()) {
        if (!member.is_voter || member.node == storage_->identity().node) continue;
        raft_index match = 0;
        ASSERT(raft_match_index(&raft_, engine_id(member.node), &match) == 0);
        if (best && match <= most) continue;
        best = member.node;
        most = match;
    }
    return best;
}

// The list of members that a change makes of the present one.
Result<std::vector<Member>> RaftNode::members_after(const Change& change) const {
    auto out = members();
    const auto& wanted = change.member;
    const auto found = std::ranges::find(out, wanted.node, &Member::node);
    if (change.kind == Change::Kind::add) {
        if (found != out.end())
            return Error{Errc::already_exists, fmt::format("node {} is a member already", wanted.node.value)};
        out.push_back(wanted);
    } else if (found == out.end()) {
        return Error{Errc::not_found, fmt::format("node {} is not a member", wanted.node.value)};
    } else if (change.kind == Change::Kind::promote) {
        if (found->is_voter)
            return Error{Errc::already_exists, fmt::format("node {} is a voter already", wanted.node.value)};
        found->is_voter = true;
    } else {
        out.erase(found);
        if (std::ranges::none_of(out, &Member::is_voter))
            return Error{Errc::invalid_argument, "the last voter can't be removed"};
    }
    if (auto good = check_members(out); !good) return good.error();
    return out;
}

void RaftNode::advance_change() {
    if (!change_ || change_->is_submitted || !is_leader() || raft_transferee(&raft_) != 0) return;
    const auto next = members_after(*change_);
    if (!next) return end_change(next.error());
    if (applied_.term != term()) {
        const auto* last = storage_->entry(storage_->last());
        if (last != nullptr && last->term == term()) return;  // on its way
        if (auto begun = submit({{RecordKind::barrier, {}, [](auto&&) {}}}); !begun)
            end_change(begun.error());
        return;
    }
    if (raft_.configuration_uncommitted_index != 0) return;
    if (change_->kind == Change::Kind::promote && !has_caught_up()) return;
    submit_change(*next);
}

// Whether the learner has all there is; starts it, and gives the change up if it takes too long.
bool RaftNode::has_caught_up() {
    const auto id = engine_id(change_->member.node);
    if (!change_->is_catching_up) {
        raft_index match = 0;
        ASSERT(raft_match_index(&raft_, id, &match) == 0);
        if (match == storage_->last()) return true;
        change_->is_catching_up = true;
        raft_event event{};
        event.type = RAFT_CATCH_UP;
        event.catch_up.server_id = id;
        ASSERT(step(event));
    }
    int status = RAFT_CATCH_UP_NONE;
    ASSERT(raft_catch_up(&raft_, id, &status) == 0);
    if (status == RAFT_CATCH_UP_ABORTED)
        end_change(Error{Errc::timed_out, "the learner does not catch up: see that it runs and is reached"});
    return status == RAFT_CATCH_UP_FINISHED;
}

void RaftNode::submit_change(const std::vector<Member>& members) {
    change_->is_submitted = true;
    const auto done = [this](const Result<LogPosition>& outcome) {
        end_change(outcome ? Result<void>{} : Result<void>{outcome.error()});
    };
    // What failed has been told by `done`.
    if (auto submitted = submit({{RecordKind::members, encode_members(members), done}}); !submitted) return;
}

void RaftNode::end_change(Result<void> outcome) {
    if (!change_) return;
    const auto ended = std::exchange(change_, std::nullopt);
    ended->done(std::move(outcome));
}

void RaftNode::begin_transfer(NodeId to, Changed done) {
    if (is_stopping_) return done(Error{Errc::shutting_down, "this node is stopping"});
    if (role() != Role::leader) return done(not_leader());
    if (change_ || transfer_) return done(Error{Errc::busy, "the group is being changed already"});
    raft_event event{};
    event.type = RAFT_TRANSFER;
    event.transfer.server_id = engine_id(to);
    ++depth_;  // so that the outcome is looked at once transfer_ is there
    auto begun = step(event);
    --depth_;
    if (!begun) return done(begun.error());
    transfer_ = Transfer{.to = to, .done = std::move(done)};
    settle();
}

void RaftNode::advance_transfer() {
    if (!transfer_) return;
    const auto who = leader();
    if (is_leader() ? raft_transferee(&raft_) != 0 : !who) return;
    const auto ended = std::exchange(transfer_, std::nullopt);
    if (who == ended->to) return ended->done({});
    ended->done(Error{Errc::timed_out, fmt::format("node {} did not take over", ended->to.value)});
}

}  // namespace weir::consensus
