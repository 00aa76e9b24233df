// Between the engine's messages and those of docs/formats/consensus.md.
#include "base/assert.hpp"
#include "base/log_line.hpp"
#include "consensus/raft_node.hpp"

namespace weir::consensus {

namespace {

// The form of votes and replies that the engine is to take ours for; it has them told by their size.
constexpr unsigned char engine_form = 2;

// All entries that come together name one token: the engine may keep only the last of them, and then hands
// that one's on.
raft_entry to_engine(const LogEntry& entry, void* token) {
    return {entry.term,
            engine_type(entry.kind),
            {const_cast<std::uint8_t*>(entry.data.data()), entry.data.size()},
            token};
}

}  // namespace

void RaftNode::send(const raft_message& message) {
    if (seams_.transport == nullptr || is_opening_ || message.server_id == raft_.id) return;
    switch (message.type) {
        case RAFT_REQUEST_VOTE: {
            const auto& m = message.request_vote;
            return send(message, VoteRequest{.term = m.term,
                                             .last = {m.last_log_index, m.last_log_term},
                                             .is_pre_vote = m.pre_vote,
                                             .disrupts_leader = m.disrupt_leader});
        }
        case RAFT_REQUEST_VOTE_RESULT: {
            const auto& m = message.request_vote_result;
            // The engine tells the asked term even if it is far behind; then a node with the newest log and
            // an old term would ask for ever.
            const bool is_behind = m.pre_vote && !m.vote_granted && m.term < term();
            return send(message, VoteReply{.term = is_behind ? term() : m.term,
                                           .is_pre_vote = m.pre_vote,
                                           .is_granted = m.vote_granted});
        }
        case RAFT_APPEND_ENTRIES: return send_entries(message, message.append_entries);
        case RAFT_APPEND_ENTRIES_RESULT: {
            const auto& m = message.append_entries_result;
            // The engine leaves `last` open where it is of no interest.
            auto last = std::min<LogIndex>(m.last_log_index, storage_->last());
            if (m.rejected != 0) last = std::min<LogIndex>(last, m.rejected - 1);
            return send(message, AppendReply{.term = m.term, .rejected = m.rejected, .last = last});
        }
        case RAFT_INSTALL_SNAPSHOT: return send_snapshot(message, message.install_snapshot);
        case RAFT_TIMEOUT_NOW: {
            const auto& m = message.timeout_now;
            return send(message,
                        ElectionRequest{.term = m.term, .last = {m.last_log_index, m.last_log_term}});
        }
    }
}

void RaftNode::send(const raft_message& to, const Message& message) {
    seams_.transport->send(
        node_of(to.server_id), to.server_address,
        encode_message({storage_->identity().cluster_id, address_of(storage_->identity().node)}, message));
}

// One request of the engine in as many messages as its size asks for.
void RaftNode::send_entries(const raft_message& to, const raft_append_entries& request) {
    AppendRequest part{.term = request.term,
                       .previous = {request.prev_log_index, request.prev_log_term},
                       .committed = request.leader_commit};
    std::size_t bytes = 0;
    for (unsigned i = 0; i < request.n_entries; ++i) {
        const auto* entry = storage_->entry(request.prev_log_index + 1 + i);
        ASSERT(entry != nullptr);
        const bool is_full = bytes >= message_target_bytes || part.entries.size() >= max_message_entries;
        if (!part.entries.empty() && (is_full || entry->kind == RecordKind::members)) {
            send_append(to, part);
            part.previous = {request.prev_log_index + i, part.entries.back().term};
            part.entries.clear();
            bytes = 0;
        }
        bytes += entry->data.size();
        part.entries.push_back(*entry);
    }
    send_append(to, part);
}

void RaftNode::send_append(const raft_message& to, const AppendRequest& request) {
    send(to, request);
    auto& told = told_[node_of(to.server_id)];
    told = std::max(told, std::min(request.committed, request.previous.index + request.entries.size()));
}

void RaftNode::send_snapshot(const raft_message& to, const raft_install_snapshot& request) {
    const auto snapshot = storage_->load_snapshot();
    if (!snapshot) {
        log_error("metadata: {}; another snapshot is taken", snapshot.error().message);
        snapshot_at_bytes_ = 0;
        return post_flush();
    }
    const ByteView state = snapshot->state;
    SnapshotPart part{.term = request.term,
                      .at = snapshot->at,
                      .members_index = snapshot->members_index,
                      .members = snapshot->members,
                      .size = state.size()};
    do {
        const auto data =
            state.subspan(part.offset, std::min(state.size() - part.offset, message_target_bytes));
        part.data.assign(data.begin(), data.end());
        send(to, part);
        part.offset += data.size();
    } while (part.offset < part.size);
}

Result<void> RaftNode::receive(NodeId from, ByteView bytes) {
    if (is_stopped_) return {};
    auto received = decode_message(storage_->identity().cluster_id, bytes);
    if (!received) return received.error();
    if (from.value < 0 || from == storage_->identity().node)
        return Error{Errc::corrupt, "a message from no node, or from this one"};
    if (is_stranger(from) && is_led()) return {};
    raft_message out{};
    // Before it has the list of members, a node knows no address but what it is told.
    auto address = address_of(from);
    if (address.empty()) address = received->address;
    out.server_id = engine_id(from);
    out.server_address = address.c_str();
    return std::visit([&](auto& m) { return on(out, m); }, received->message);
}

// By this node's list, which may be behind: the group may have grown by a node that must be heard if a leader
// is to be found. As long as there is one that need not be, and whoever was removed, or forges a vote,
// changes nothing.
bool RaftNode::is_stranger(NodeId node) const {
    const auto all = members();
    return !all.empty() && std::ranges::find(all, node, &Member::node) == all.end();
}

bool RaftNode::is_led() const {
    return is_leader() || (raft_.state == RAFT_FOLLOWER && leader() && !has_silent_leader());
}

std::string RaftNode::address_of(NodeId node) const {
    for (const auto& member : members()) {
        if (member.node == node) return member.address;
    }
    return {};
}

Result<void> RaftNode::feed(raft_message& message) {
    raft_event event{};
    event.type = RAFT_RECEIVE;
    event.receive.message = &message;
    return step(event);
}

// While this node recovers it may lack what was committed with its help: who asks must do without it.
Result<void> RaftNode::on(raft_message& out, const VoteRequest& m) {
    if (is_recovering()) return {};
    out.type = RAFT_REQUEST_VOTE;
    out.request_vote = {.version = engine_form,
                        .term = m.term,
                        .candidate_id = out.server_id,
                        .last_log_index = m.last.index,
                        .last_log_term = m.last.term,
                        .disrupt_leader = m.disrupts_leader,
                        .pre_vote = m.is_pre_vote};
    if (has_silent_leader()) forget_leader();
    return has_say() ? feed(out) : feed_as_voter(out);
}

// A vote is refused for the sake of a leader that was heard of within the shortest election timeout (Ongaro's
// dissertation, 4.2.3); the engine waits for this node's own, and the first who asks would ask in vain.
bool RaftNode::has_silent_leader() const {
    return raft_.state == RAFT_FOLLOWER && leader() &&
           now() >= static_cast<std::int64_t>(raft_.election_timer_start) + options_.election_ms;
}

bool RaftNode::has_say() const {
    const auto all = members();
    return is_leader() || all.empty() || std::ranges::any_of(all, [this](const auto& member) {
               return member.is_voter && member.node == storage_->identity().node;
           });
}

// By the candidate's list this node is a voter, and that is what counts (Ongaro's dissertation, 4.1): the
// entry that says so may be on its way, and not get through without this vote. The engine asks its own list.
Result<void> RaftNode::feed_as_voter(raft_message& message) {
    const auto self = storage_->identity().node;
    auto list = members();
    std::erase_if(list, [self](const auto& member) { return member.node == self; });
    list.push_back({.node = self, .address = "this node, for one vote", .is_voter = true});
    auto lent = to_configuration(list);
    std::swap(raft_.configuration, lent);
    ++depth_;  // nobody may look at the list until it is back
    auto fed = feed(message);
    --depth_;
    std::swap(raft_.configuration, lent);
    raft_configuration_close(&lent);
    settle();
    return fed;
}

Result<void> RaftNode::on(raft_message& out, const VoteReply& m) {
    out.type = RAFT_REQUEST_VOTE_RESULT;
    out.request_vote_result = {.version = engine_form,
                               .term = m.term,
                               .vote_granted = m.is_granted,
                               .pre_vote = m.is_pre_vote,
                               .features = 0,
                               .capacity = 0};
    return feed(out);
}

Result<void> RaftNode::on(raft_message& out, AppendRequest& m) {
    if (is_leader() && m.term == term())
        return Error{Errc::corrupt, "another node claims to lead in this term"};
    skip_covered(m);
    if (!m.entries.empty() && m.entries[0].kind == RecordKind::members) commit_earlier_members(m.previous);
    std::vector<raft_entry> entries;
    auto* token = m.entries.empty() ? nullptr : engine_token();
    for (const auto& entry : m.entries) entries.push_back(to_engine(entry, token));
    out.type = RAFT_APPEND_ENTRIES;
    out.append_entries = {.version = 0,
                          .term = m.term,
                          .prev_log_index = m.previous.index,
                          .prev_log_term = m.previous.term,
                          .leader_commit = m.committed,
                          .entries = entries.data(),
                          .n_entries = static_cast<unsigned>(entries.size())};
    return feed(out);
}

// What a snapshot covers is there, though its entries are not any more. The engine would reject them, and the
// leader would not survive that: it knows that they had been accepted.
void RaftNode::skip_covered(AppendRequest& m) const {
    const auto snapshot = storage_->snapshot();
    if (installing_ || m.previous.index >= snapshot.index || storage_->entry(m.previous.index) != nullptr)
        return;
    const auto covered = std::min<std::size_t>(m.entries.size(), snapshot.index - m.previous.index);
    m.entries.erase(m.entries.begin(), m.entries.begin() + static_cast<std::ptrdiff_t>(covered));
    m.previous = snapshot;
}

// There is never more than one uncommitted list of members in a log, so one that lies before another is
// committed. The engine must hear it, or it would fall back behind the earlier one if the later were cut off.
void RaftNode::commit_earlier_members(LogPosition previous) {
    const auto earlier = raft_.configuration_uncommitted_index;
    if (earlier == 0 || earlier > previous.index) return;
    const auto* entry = storage_->entry(previous.index);
    if (entry == nullptr || entry->term != previous.term)
        return;  // not the log that the message goes on from
    raft_event event{};
    event.type = RAFT_CONFIGURATION;
    event.configuration.index = earlier;
    event.configuration.conf = to_configuration(to_members(raft_.configuration));
    ASSERT(step(event));
}

Result<void> RaftNode::on(raft_message& out, const AppendReply& m) {
    raft_index match = 0;
    const bool is_known = raft_match_index(&raft_, out.server_id, &match) == 0;
    // The engine does not survive the rejection of what was accepted before.
    if (is_known && m.term == term() && m.rejected != 0 && (m.rejected <= match || m.last < match)) {
        log_error("metadata: node {} has lost entries up to {} that it had: replace it by a new one",
                  node_of(out.server_id).value, match);
        return {};
    }
    out.type = RAFT_APPEND_ENTRIES_RESULT;
    out.append_entries_result = {.version = engine_form,
                                 .term = m.term,
                                 .rejected = m.rejected,
                                 .last_log_index = m.last,
                                 .features = 0,
                                 .capacity = 0};
    return feed(out);
}

// Whether the snapshot is whole with this part. What does not go on from the part before is dropped: the
// leader begins again.
bool RaftNode::collect(NodeId from, SnapshotPart& part) {
    if (part.offset == 0) {
        incoming_ = Incoming{.from = from, .first = part, .state = {}};
        incoming_->first.data.clear();
    }
    if (!incoming_ || incoming_->from != from || incoming_->first.term != part.term ||
        incoming_->first.at != part.at || incoming_->state.size() != part.offset) {
        incoming_.reset();
        return false;
    }
    incoming_->state.insert(incoming_->state.end(), part.data.begin(), part.data.end());
    return incoming_->state.size() == part.size;
}

Result<void> RaftNode::on(raft_message& out, SnapshotPart& m) {
    if (is_leader() && m.term == term())
        return Error{Errc::corrupt, "another node claims to lead in this term"};
    if (installing_ || !collect(node_of(out.server_id), m)) return {};
    out.type = RAFT_INSTALL_SNAPSHOT;
    out.install_snapshot = {.version = 0,
                            .term = m.term,
                            .last_index = m.at.index,
                            .last_term = m.at.term,
                            .conf = to_configuration(decode_members(m.members).value()),
                            .conf_index = m.members_index,
                            .data = {engine_token(), 1}};
    auto taken = feed(out);
    incoming_.reset();
    return taken;
}

Result<void> RaftNode::on(raft_message& out, const ElectionRequest& m) {
    if (is_recovering()) return {};
    out.type = RAFT_TIMEOUT_NOW;
    out.timeout_now = {
        .version = 0, .term = m.term, .last_log_index = m.last.index, .last_log_term = m.last.term};
    return feed(out);
}

}  // namespace weir::consensus
