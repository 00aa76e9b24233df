// An election at once when the leader's process has ended: closed connections say so long before its silence
// does.
#include "base/log_line.hpp"
#include "consensus/raft_node.hpp"

namespace weir::consensus {

namespace {

constexpr std::int64_t most_jitter_ms = 5;

}  // namespace

void RaftNode::on_gone(NodeId node) {
    run([this, node] {
        if (!is_stopped_ && raft_.state == RAFT_FOLLOWER && leader() == node) elect_another(node);
    });
}

// The others have seen the same, or are about to: who has not yet refuses the first question, and is asked
// again.
void RaftNode::elect_another(NodeId gone) {
    log_info("metadata: node {}, which led, is gone", gone.value);
    forget_leader();
    if (is_recovering()) return settle();
    hasty_ms_ = options_.hasty_election_ms;
    const auto jitter_ms = static_cast<std::int64_t>(seams_.random.next() % (most_jitter_ms + 1));
    const auto due_ms = now() + turn_after(gone) + jitter_ms;
    // The engine asks once the timeout that it drew has passed since this.
    raft_.election_timer_start =
        static_cast<raft_time>(due_ms) - raft_.follower_state.randomized_election_timeout;
    settle();
}

// One voter after the other, by their numbers.
std::int64_t RaftNode::turn_after(NodeId gone) const {
    const auto self = storage_->identity().node;
    const auto all = members();
    return options_.turn_ms * std::ranges::count_if(all, [&](const Member& member) {
               return member.is_voter && member.node != gone && member.node < self;
           });
}

// After each attempt. Whoever does not win soon may have slow disks or a slow network: then haste makes it no
// faster.
void RaftNode::slow_down() {
    if (!hasty_ms_) return;
    if (*hasty_ms_ >= options_.election_ms) return end_haste();
    raft_set_election_timeout(&raft_, *hasty_ms_);
    hasty_ms_ = *hasty_ms_ * 2;
    arm_timer();
}

void RaftNode::end_haste() {
    if (std::exchange(hasty_ms_, std::nullopt)) raft_set_election_timeout(&raft_, options_.election_ms);
}

}  // namespace weir::consensus
