// Carrying out what the engine decides: term and vote, entries, messages, then what is committed.
#include "base/assert.hpp"
#include "base/log_line.hpp"
#include "consensus/raft_node.hpp"

namespace weir::consensus {

namespace {

// What the engine may say no to; all else it can't go on from.
std::optional<Error> refusal(int failure, const raft_event& event) {
    if (event.type != RAFT_SUBMIT && event.type != RAFT_TRANSFER) return std::nullopt;
    switch (failure) {
        case RAFT_NOTLEADER: return Error{Errc::not_leader, "this node does not lead the metadata any more"};
        case RAFT_CANTCHANGE: return Error{Errc::busy, "the group is being changed already"};
        case RAFT_BADID:
        case RAFT_NOTFOUND: return Error{Errc::invalid_argument, "only another voter can take over"};
        default: return std::nullopt;
    }
}

}  // namespace

Result<void> RaftNode::step(raft_event& event) {
    event.time = static_cast<raft_time>(now());
    event.capacity = 0;
    ++depth_;
    ++steps_;
    raft_update update{};
    const int failure = raft_step(&raft_, &event, &update);
    if (failure == 0) carry_out(update);
    --depth_;
    if (failure != 0) {
        if (auto refused = refusal(failure, event)) return *refused;
        die(fmt::format("metadata: the consensus engine can't go on ({}), so weir ends here: start it again",
                        raft_strerror(failure)));
    }
    ASSERT(raft_.state == RAFT_FOLLOWER || !is_recovering());
    if (depth_ == 0) settle();
    return opened_;
}

void RaftNode::carry_out(const raft_update& update) {
    const Vote vote{.term = raft_current_term(&raft_),
                    .voted_for = raft_voted_for(&raft_) == 0
                                     ? std::nullopt
                                     : std::optional{node_of(raft_voted_for(&raft_))}};
    if (vote != storage_->vote()) storage_->save_vote(vote);  // before any message leaves
    if (update.flags & RAFT_UPDATE_ENTRIES) take_entries(update);
    for (unsigned i = 0; i < update.messages.n; ++i) send(update.messages.batch[i]);
    // From here on further steps may come: what the update points to is gone after one.
    if (update.flags & RAFT_UPDATE_SNAPSHOT) begin_install(update);
    if (update.flags & RAFT_UPDATE_COMMIT_INDEX) apply_committed();
}

void RaftNode::take_entries(const raft_update& update) {
    const auto& [index, batch, count] = update.entries;
    if (written_ahead_) {
        ASSERT(*written_ahead_ == index && storage_->last() == index + count - 1);
        written_ahead_.reset();
    } else {
        if (index <= storage_->last()) storage_->truncate(index);
        ASSERT(index == storage_->last() + 1);
        for (unsigned i = 0; i < count; ++i) {
            const auto& entry = batch[i];
            const auto* data = static_cast<const std::uint8_t*>(entry.buf.base);
            storage_->append({entry.term, kind_of(entry.type), {data, data + entry.buf.len}});
        }
    }
    raft_free(batch[0].batch);
    post_flush();
}

void RaftNode::apply_committed() {
    // While a snapshot waits for space the engine counts what it covers as committed; the entries here are
    // older.
    if (installing_) return;
    while (applied_.index < raft_commit_index(&raft_) && opened_) {
        const auto* entry = storage_->entry(applied_.index + 1);
        if (entry == nullptr) break;
        apply_entry(applied_.index + 1, *entry);
    }
    for (const auto index : std::exchange(committed_lists_, {})) {
        raft_event event{};
        event.type = RAFT_CONFIGURATION;
        event.configuration.index = index;
        event.configuration.conf = to_configuration(decode_members(storage_->entry(index)->data).value());
        ASSERT(step(event) || is_opening_);
    }
}

void RaftNode::apply_entry(LogIndex index, const LogEntry& entry) {
    applied_ = {index, entry.term};
    if (entry.kind == RecordKind::members) committed_lists_.push_back(index);
    if (entry.kind == RecordKind::command) {
        if (const auto done = machine_.apply(applied_, entry.data); !done) {
            const auto what = fmt::format("the metadata's entry {}: {}", index, done.error().message);
            if (!is_opening_) die(what);
            opened_ = Error{done.error().code, what};
            return;
        }
    }
    // Another leader's entry may have taken the place of ours: then leadership is lost, which settle() tells.
    if (waiting_.empty() || waiting_.front().at != applied_) return;
    finished_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
}

// What follows from steps, once the outermost one is done.
void RaftNode::settle() {
    if (is_stopped_ || is_opening_) return;
    ++depth_;
    do {
        steps_ = 0;
        tell_applied();
        follow_leadership();
        advance_change();
        advance_transfer();
    } while (steps_ > 0);
    --depth_;
    if (!pending_.empty()) post_submit();
    tell_commit_soon();
    note_members();
    finish_stop();
    arm_timer();
}

void RaftNode::tell_applied() {
    for (const auto& one : std::exchange(finished_, {})) one.done(one.at);
}

void RaftNode::follow_leadership() {
    if (leading_term_ && (!is_leader() || *leading_term_ != term())) lose_leadership();
    if (is_leader() && !leading_term_) begin_leading();
    const Leadership now_is{.role = role(), .term = term(), .leader = leader()};
    if (now_is.leader) end_haste();
    if (now_is == leadership_) return;
    leadership_ = now_is;
    machine_.on_leadership(now_is);
}

// A leader's state is the truth once it has applied all that was there when it began. If the engine saw no
// need for an entry of this term, it gets one now: only with it may the group be changed.
void RaftNode::begin_leading() {
    leading_term_ = term();
    told_.clear();
    if (storage_->last() == raft_commit_index(&raft_) && !is_alone()) {
        if (auto begun = submit({{RecordKind::barrier, {}, [](auto&&) {}}}); !begun)
            log_warning("metadata: {}", begun.error().message);
    }
    leads_from_ = storage_->last();
}

void RaftNode::lose_leadership() {
    leading_term_.reset();
    const Error unknown{Errc::outcome_unknown, "this node lost the lead of the metadata on the way"};
    for (const auto& one : std::exchange(waiting_, {})) one.done(unknown);
    for (const auto& one : std::exchange(pending_, {})) one.done(not_leader());
    if (change_) end_change(not_leader());
}

Role RaftNode::role() const {
    if (is_stopping_) return Role::stopped;
    switch (raft_.state) {
        case RAFT_LEADER:
            return leading_term_ == term() && applied_.index >= leads_from_ ? Role::leader : Role::candidate;
        case RAFT_CANDIDATE: return Role::candidate;
        default: break;
    }
    for (const auto& member : members()) {
        const bool is_self = member.node == storage_->identity().node;
        if (is_self && member.is_voter && !is_recovering()) return Role::follower;
    }
    return Role::learner;
}

std::optional<NodeId> RaftNode::leader() const {
    switch (raft_.state) {
        case RAFT_LEADER: return storage_->identity().node;
        case RAFT_FOLLOWER:
            if (raft_.follower_state.current_leader.id != 0)
                return node_of(raft_.follower_state.current_leader.id);
            return std::nullopt;
        default: return std::nullopt;
    }
}

bool RaftNode::is_alone() const {
    int voters = 0;
    bool is_voter = false;
    for (const auto& member : is_opening_ ? start_members_ : members()) {
        voters += member.is_voter ? 1 : 0;
        is_voter = is_voter || (member.is_voter && member.node == storage_->identity().node);
    }
    return is_voter && voters == 1;
}

void RaftNode::arm_timer() {
    if (seams_.transport == nullptr || is_stopped_) return;
    const auto at = raft_timeout(&raft_);
    if (timer_ && at == timer_at_) return;
    timer_at_ = at;
    const auto delay = std::max<std::int64_t>(1, static_cast<std::int64_t>(at) - now());
    timer_ = seams_.run_after(delay, [this] { on_timer(); });
}

void RaftNode::on_timer() {
    timer_.reset();
    if (raft_.state == RAFT_FOLLOWER && is_alone() && !is_recovering()) elect_alone();
    if (raft_.state == RAFT_FOLLOWER && now() >= static_cast<std::int64_t>(raft_timeout(&raft_)))
        forget_leader();
    if (is_recovering()) raft_.election_timer_start = static_cast<raft_time>(now());  // it does not stand
    raft_event event{};
    event.type = RAFT_TIMEOUT;
    ASSERT(step(event));
    slow_down();
}

// A leader that has not been heard of for so long is none. The engine would go on to refuse its vote to
// others, and to that one itself after a restart, if this node is not to become a candidate.
void RaftNode::forget_leader() {
    auto& leader = raft_.follower_state.current_leader;
    raft_free(leader.address);
    leader = {};
}

// The only voter that is left first votes for itself in a new term: the engine would lead in the one in which
// another node led before.
void RaftNode::elect_alone() {
    const auto self = storage_->identity().node;
    if (raft_voted_for(&raft_) == engine_id(self) || installing_ || raft_.last_stored < storage_->last())
        return;
    raft_message message{};
    message.server_id = engine_id(self);
    message.server_address = "";
    const auto* last = storage_->entry(storage_->last());
    const LogPosition end = last ? LogPosition{storage_->last(), last->term} : storage_->snapshot();
    if (auto voted = on(message, VoteRequest{.term = term() + 1, .last = end, .disrupts_leader = true});
        !voted)
        die(voted.error().message);
}

// What a node that recovers hears of is history: long ago it may have been the only voter.
void RaftNode::note_members() {
    const auto index = raft_.configuration_committed_index;
    if (index == 0 || index == noted_list_ || is_recovering()) return;
    noted_list_ = index;
    storage_->note_members(to_members(raft_.configuration_committed));
}

void RaftNode::snapshot_if_due() {
    if (storage_->file_bytes() < snapshot_at_bytes_ || installing_ || !storage_->is_written()) return;
    // Right after a start the engine may know members of entries that are committed but not applied yet.
    const auto members_index = raft_.configuration_committed_index;
    if (applied_.index <= storage_->snapshot().index || members_index == 0 || members_index > applied_.index)
        return;
    if (const auto done = take_snapshot(); !done) {
        log_warning("metadata: no snapshot: {}; the log grows until there is one", done.error().message);
        snapshot_at_bytes_ = storage_->file_bytes() + options_.snapshot_every_bytes;
        return;
    }
    // A large state is written no more often than as much log.
    snapshot_at_bytes_ = std::max(options_.snapshot_every_bytes, storage_->snapshot_bytes());
}

Result<void> RaftNode::take_snapshot() {
    const auto members = to_members(raft_.configuration_committed);
    const Snapshot taken{.cluster_id = storage_->identity().cluster_id,
                         .at = applied_,
                         .members_index = raft_.configuration_committed_index,
                         .members = encode_members(members),
                         .state = machine_.snapshot()};
    if (auto saved = storage_->save_snapshot(taken); !saved) return saved;
    raft_event event{};
    event.type = RAFT_SNAPSHOT;
    event.snapshot.metadata = {.index = taken.at.index,
                               .term = taken.at.term,
                               .configuration = to_configuration(members),
                               .configuration_index = taken.members_index};
    event.snapshot.trailing = options_.trailing_entries;
    ASSERT(step(event));
    storage_->forget_before(raft_.trail.offset + 1);
    return {};
}

void RaftNode::begin_install(const raft_update& update) {
    ASSERT(incoming_ && !installing_);
    raft_free(update.snapshot.chunk.base);
    auto& [from, first, state] = *incoming_;
    installing_ = Installing{.snapshot = {.cluster_id = storage_->identity().cluster_id,
                                          .at = first.at,
                                          .members_index = first.members_index,
                                          .members = std::move(first.members),
                                          .state = std::move(state)},
                             .metadata = update.snapshot.metadata};
    try_install();
}

void RaftNode::try_install() {
    const auto& snapshot = installing_->snapshot;
    if (auto done = storage_->install_snapshot(snapshot); !done) {
        if (!retry_timer_)
            log_warning("metadata: the leader's snapshot can't be kept: {}; trying again",
                        done.error().message);
        return retry_later();
    }
    if (auto restored = machine_.restore(snapshot.at, snapshot.state); !restored)
        die(fmt::format("metadata: the leader's snapshot: {}", restored.error().message));
    applied_ = snapshot.at;
    snapshot_at_bytes_ = std::max(options_.snapshot_every_bytes, storage_->snapshot_bytes());
    raft_event event{};
    event.type = RAFT_PERSISTED_SNAPSHOT;
    event.persisted_snapshot.metadata = std::exchange(installing_, std::nullopt)->metadata;
    event.persisted_snapshot.last = true;
    ASSERT(step(event));
}

}  // namespace weir::consensus
