// Followers are told at once what is committed: by the engine they would learn it with the next entry or
// heartbeat.
#include "consensus/raft_node.hpp"

namespace weir::consensus {

// Up to where a follower may be told: it is known to have these entries.
LogIndex RaftNode::commit_of(NodeId member) const {
    raft_index match = 0;
    const bool is_known = raft_match_index(&raft_, engine_id(member), &match) == 0;
    return is_known ? std::min(raft_commit_index(&raft_), match) : 0;
}

bool RaftNode::must_tell(NodeId member) const {
    const auto told = told_.find(member);
    return member != storage_->identity().node &&
           commit_of(member) > (told == told_.end() ? 0 : told->second);
}

// Once for all that the tasks which wait already make known; an entry that leaves meanwhile tells it, too.
void RaftNode::tell_commit_soon() {
    if (!is_leader() || is_tell_posted_ || seams_.transport == nullptr) return;
    const auto all = members();
    is_tell_posted_ = std::ranges::any_of(all, [this](const auto& member) { return must_tell(member.node); });
    if (!is_tell_posted_) return;
    run([this] {
        is_tell_posted_ = false;
        if (!is_stopped_ && is_leader()) tell_commit();
    });
}

void RaftNode::tell_commit() {
    for (const auto& member : members()) {
        if (must_tell(member.node)) tell_commit(member);
    }
}

// A heartbeat like the engine's, of which it need not know: nothing depends on when one was sent.
void RaftNode::tell_commit(const Member& member) {
    const auto index = commit_of(member.node);
    const auto* entry = storage_->entry(index);
    if (entry == nullptr && storage_->snapshot().index != index) return;  // so old that a heartbeat will do
    raft_message to{};
    to.server_id = engine_id(member.node);
    to.server_address = member.address.c_str();
    const auto previous = entry == nullptr ? storage_->snapshot() : LogPosition{index, entry->term};
    send_append(to, {.term = term(), .previous = previous, .committed = index});
}

}  // namespace weir::consensus
