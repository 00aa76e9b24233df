// A node's start and stop, and the proposals it takes.
#include "consensus/raft_node.hpp"

#include "base/assert.hpp"
#include "base/log_line.hpp"
#include "consensus/checked_block.hpp"

namespace weir::consensus {

namespace {

constexpr std::size_t max_batch_bytes = 4 * max_command_bytes;
constexpr std::int64_t retry_ms = 200;  // of a write that found no space

}  // namespace

Result<std::unique_ptr<MetadataLog>> open_raft_log(const RaftLogOptions& options, StateMachine& machine,
                                                   RaftLogSeams seams) {
    auto node = std::make_unique<RaftNode>(options, machine, std::move(seams));
    if (auto opened = node->open(); !opened) return opened.error();
    return std::unique_ptr<MetadataLog>{std::move(node)};
}

RaftNode::RaftNode(const RaftLogOptions& options, StateMachine& machine, RaftLogSeams seams)
    : options_(options),
      machine_(machine),
      seams_(std::move(seams)),
      snapshot_at_bytes_(options.snapshot_every_bytes) {}

RaftNode::~RaftNode() {
    if (installing_) raft_configuration_close(&installing_->metadata.configuration);
    if (is_initialized_) raft_close(&raft_, nullptr);
}

Result<void> RaftNode::open() {
    auto where = options_.storage;
    where.may_start_over = seams_.transport != nullptr;
    auto storage = LogStorage::open(std::move(where), seams_.files);
    if (!storage) return storage.error();
    storage_ = std::move(*storage);
    if (auto started = start_engine(); !started) return started;
    if (!opened_) return opened_;
    is_opening_ = false;
    if (is_leader()) begin_leading();
    run([this] { settle(); });
    return {};
}

// The term to start in. The only voter votes for itself in a new one: the engine would lead again in the old
// one, in which another node may have been sent an entry that was lost here.
std::uint64_t RaftNode::start_term() {
    const auto vote = storage_->vote();
    if (!is_alone()) return vote.term;
    storage_->save_vote({.term = vote.term + 1, .voted_for = storage_->identity().node});
    return vote.term + 1;
}

Result<void> RaftNode::start_engine() {
    const auto self = storage_->identity().node;
    ASSERT(raft_init(&raft_, nullptr, nullptr, engine_id(self), "") == 0);
    is_initialized_ = true;
    raft_.tracer = nullptr;
    raft_seed(&raft_, static_cast<unsigned>(seams_.random.next()));
    raft_set_election_timeout(&raft_, options_.election_ms);
    raft_set_heartbeat_timeout(&raft_, options_.heartbeat_ms);
    raft_set_pre_vote(&raft_, true);
    raft_set_max_inflight_entries(&raft_, max_message_entries);

    raft_event event{};
    event.type = RAFT_START;
    auto newest_members = std::vector<Member>{};
    raft_snapshot_metadata metadata{};
    if (const auto snapshot = storage_->take_snapshot_found()) {
        if (auto restored = machine_.restore(snapshot->at, snapshot->state); !restored)
            return Error{restored.error().code, "the snapshot of the metadata: " + restored.error().message};
        applied_ = snapshot->at;
        snapshot_at_bytes_ = std::max<std::uint64_t>(options_.snapshot_every_bytes, snapshot->state.size());
        newest_members = decode_members(snapshot->members).value();
        metadata = {.index = snapshot->at.index,
                    .term = snapshot->at.term,
                    .configuration = to_configuration(newest_members),
                    .configuration_index = snapshot->members_index};
        event.start.metadata = &metadata;
    }
    std::vector<raft_entry> entries;
    for (auto index = storage_->first(); index <= storage_->last(); ++index) {
        const auto& entry = *storage_->entry(index);
        auto* data = const_cast<std::uint8_t*>(entry.data.data());
        entries.push_back({entry.term, engine_type(entry.kind), {data, entry.data.size()}, nullptr});
        if (entry.kind == RecordKind::members) newest_members = decode_members(entry.data).value();
    }
    const auto newest = entries.empty() ? applied_.term : entries.back().term;
    if (storage_->vote().term < newest)
        return without_start(damaged(options_.storage.directory + "/vote", 0, "it is older than the log"));
    start_members_ = std::move(newest_members);
    event.start.term = start_term();
    event.start.voted_for = storage_->vote().voted_for ? engine_id(*storage_->vote().voted_for) : 0;
    event.start.start_index = storage_->first();
    event.start.entries = entries.data();
    event.start.n_entries = static_cast<unsigned>(entries.size());
    return step(event);
}

void RaftNode::run(std::function<void()> task) {
    seams_.executor.post([task = std::move(task), life = std::weak_ptr{life_}] {
        if (!life.expired()) task();
    });
}

void RaftNode::refuse(Proposed done, Error error) {
    run([done = std::move(done), error = std::move(error)] { done(error); });
}
void RaftNode::refuse(Changed done, Error error) {
    run([done = std::move(done), error = std::move(error)] { done(error); });
}

Error RaftNode::not_leader() const {
    const auto who = leader();
    return {Errc::not_leader, who ? fmt::format("node {} leads the metadata", who->value)
                                  : std::string{"no node leads the metadata right now: try again"}};
}

void RaftNode::propose(Bytes command, Proposed done) {
    if (command.size() > max_command_bytes) {
        return refuse(std::move(done), {Errc::limit_exceeded,
                                        fmt::format("a change of the metadata has at most {} bytes, not {}",
                                                    max_command_bytes, command.size())});
    }
    enqueue(RecordKind::command, std::move(command), std::move(done));
}

void RaftNode::read_barrier(Proposed done) {
    enqueue(RecordKind::barrier, {}, std::move(done));
}

void RaftNode::enqueue(RecordKind kind, Bytes data, Proposed done) {
    if (is_stopping_) return refuse(std::move(done), {Errc::shutting_down, "this node is stopping"});
    if (role() != Role::leader) return refuse(std::move(done), not_leader());
    if (pending_.size() >= options_.max_pending) {
        return refuse(std::move(done),
                      {Errc::busy, "too many changes of the metadata are under way: try again"});
    }
    pending_.push_back({kind, std::move(data), std::move(done)});
    post_submit();
}

void RaftNode::post_submit() {
    if (std::exchange(is_submit_posted_, true)) return;
    run([this] {
        is_submit_posted_ = false;
        submit_pending();
    });
}

// As many as may be under way; once some of them are committed, settle() sees to the rest.
void RaftNode::submit_pending() {
    if (!is_leader() || raft_transferee(&raft_) != 0) return;
    const auto in_flight = storage_->last() - raft_commit_index(&raft_);
    std::vector<Proposal> batch;
    for (std::size_t bytes = 0;
         !pending_.empty() && in_flight + batch.size() < options_.max_in_flight && bytes < max_batch_bytes;) {
        bytes += pending_.front().data.size();
        batch.push_back(std::move(pending_.front()));
        pending_.pop_front();
    }
    if (batch.empty()) return;
    if (auto submitted = submit(std::move(batch)); !submitted)
        log_warning("metadata: a change was refused: {}", submitted.error().message);
    settle();
}

// To disk first, so that what finds no space there is refused before the engine knows of it.
Result<void> RaftNode::write_ahead(const std::vector<Proposal>& batch) {
    if (!storage_->is_written()) {
        if (auto written = storage_->write(); !written) return Error{Errc::no_space, written.error().message};
    }
    const auto first = storage_->last() + 1;
    for (const auto& one : batch) storage_->append({term(), one.kind, one.data});
    auto written = storage_->write();
    if (!written) storage_->truncate(first);
    return written;
}

Result<void> RaftNode::submit(std::vector<Proposal> batch) {
    const auto first = storage_->last() + 1;
    if (auto written = write_ahead(batch); !written) {
        for (auto& one : batch) one.done(written.error());
        return written;
    }
    std::vector<raft_entry> entries;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto& data = storage_->entry(first + i)->data;
        entries.push_back({term(),
                           engine_type(batch[i].kind),
                           {const_cast<std::uint8_t*>(data.data()), data.size()},
                           i == 0 ? engine_token() : nullptr});
        waiting_.push_back({{first + i, term()}, std::move(batch[i].done)});
    }
    auto* token = entries[0].batch;
    raft_event event{};
    event.type = RAFT_SUBMIT;
    event.submit.entries = entries.data();
    event.submit.n = static_cast<unsigned>(entries.size());
    written_ahead_ = first;
    if (auto taken = step(event); !taken) {
        raft_free(token);
        written_ahead_.reset();
        storage_->truncate(first);
        for (; !waiting_.empty() && waiting_.back().at.index >= first; waiting_.pop_back())
            refuse(std::move(waiting_.back().done), taken.error());
        return taken;
    }
    return {};
}

void RaftNode::post_flush() {
    if (std::exchange(is_flush_posted_, true)) return;
    run([this] {
        is_flush_posted_ = false;
        if (!is_stopped_) flush();
    });
}

// One write and one sync for all that has come since the last one.
void RaftNode::flush() {
    if (installing_) return try_install();
    if (auto written = storage_->write(); !written) {
        if (!retry_timer_) log_warning("metadata: {}; trying again", written.error().message);
        return retry_later();
    }
    retry_timer_.reset();
    storage_->sync();
    storage_->advance_mark();  // before anybody is told of them: damage to them is known for what it is
    if (storage_->synced() > raft_.last_stored) {
        raft_event event{};
        event.type = RAFT_PERSISTED_ENTRIES;
        event.persisted_entries.index = storage_->synced();
        ASSERT(step(event));
    }
    if (pending_.empty()) storage_->sync_mark();
    snapshot_if_due();
}

void RaftNode::retry_later() {
    if (!seams_.run_after) return;
    retry_timer_ = seams_.run_after(retry_ms, [this] { post_flush(); });
}

void RaftNode::stop(std::function<void()> done) {
    is_stopping_ = true;
    run([this, done = std::move(done)]() mutable {
        stopped_ = std::move(done);
        if (change_ && !change_->is_submitted)
            end_change(Error{Errc::shutting_down, "this node is stopping"});
        settle();
    });
}

void RaftNode::finish_stop() {
    if (!stopped_ || !pending_.empty() || !waiting_.empty() || change_) return;
    is_stopped_ = true;
    timer_.reset();
    retry_timer_.reset();
    if (transfer_) {
        auto ended = std::exchange(transfer_, std::nullopt);
        ended->done(Error{Errc::outcome_unknown, "this node is stopping"});
    }
    run(std::exchange(stopped_, nullptr));
}

}  // namespace weir::consensus
