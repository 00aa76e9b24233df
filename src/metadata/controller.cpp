// One entry on its way at a time: collect, decide, propose, apply, publish, answer.
#include "metadata/controller.hpp"

#include "base/assert.hpp"

namespace weir::metadata {

namespace {

constexpr std::size_t max_entry_bytes = std::size_t{1} << 20;  // what the log takes
constexpr std::size_t shared_entry_bytes = std::size_t{1}
                                           << 18;  // once there, further requests wait for the next
constexpr std::size_t max_pending_requests = 100'000;

}  // namespace

MetadataController::MetadataController(LocalSettings local, Executor& executor, Random& random)
    : executor_(executor), random_(random), current_(std::move(local)) {}

Result<std::unique_ptr<MetadataController>> MetadataController::open(LocalSettings local, Executor& executor,
                                                                     Random& random,
                                                                     const OpenLog& open_log) {
    std::unique_ptr<MetadataController> controller{
        new MetadataController{std::move(local), executor, random}};
    auto log = open_log(*controller);
    if (!log) return log.error();
    controller->log_ = std::move(*log);
    controller->leader_ = controller->log_->leader().value_or(no_node);
    controller->publish(std::make_shared<const Catalogue>(controller->current_));
    return controller;
}

CataloguePtr MetadataController::catalogue() const {
    const std::lock_guard lock{mutex_};
    return published_;
}

void MetadataController::publish(CataloguePtr next) {
    {
        const std::lock_guard lock{mutex_};
        published_.swap(next);
    }
    version_.fetch_add(1, std::memory_order_release);
}

void MetadataController::enqueue(std::unique_ptr<Pending> pending) {
    if (is_stopping_ || pending_.size() >= max_pending_requests) {
        const Error error = is_stopping_
                                ? Error{Errc::shutting_down, "this node is stopping"}
                                : Error{Errc::busy, "too many changes of the metadata wait: try again"};
        return pending->finish(&error);
    }
    if (!leads()) {
        const Error error{Errc::not_leader, "another node leads the cluster's metadata"};
        return pending->finish(&error);
    }
    pending_.push_back(std::move(pending));
    if (!is_proposing_) propose_next();
}

std::optional<NodeId> MetadataController::leader() const {
    const auto leader = leader_.load(std::memory_order_relaxed);
    return leader == no_node ? std::nullopt : std::optional{leader};
}

void MetadataController::describe_quorum(std::function<void(Quorum)> done) {
    executor_.post([this, done = std::move(done)] {
        Quorum quorum{
            .leader = log_->leader(), .term = log_->term(), .applied = log_->applied().index, .members = {}};
        for (const auto& member : log_->members())
            quorum.members.push_back({member.node, member.is_voter, log_->matched(member.node)});
        done(std::move(quorum));
    });
}

void MetadataController::on_leadership(const consensus::Leadership& leadership) {
    leader_ = leadership.leader.value_or(no_node);
}

// Adds one request's commands to the entry; false if they must wait for the next entry.
bool MetadataController::add_to_entry(Pending& pending, Catalogue& working, std::vector<Command>& commands,
                                      std::size_t& bytes) const {
    auto decided = pending.decide(working);
    const auto size = encode_entry(decided).size();
    if (!commands.empty() && bytes + size > max_entry_bytes) return false;
    bytes += size;
    for (auto& command : decided) {
        const auto applied = working.apply(command);
        ASSERT(applied);
        commands.push_back(std::move(command));
    }
    return true;
}

void MetadataController::propose_next() {
    auto working = current_;
    std::vector<Command> commands;
    auto batch = std::make_shared<Batch>();
    for (std::size_t bytes = 0; !pending_.empty() && bytes < shared_entry_bytes;) {
        if (!add_to_entry(*pending_.front(), working, commands, bytes)) break;
        batch->push_back(std::move(pending_.front()));
        pending_.pop_front();
    }
    if (batch->empty()) return;
    is_proposing_ = true;
    if (commands.empty()) {  // nothing to write: only errors, and questions
        return executor_.post([this, batch] { settle(*batch, nullptr); });
    }
    log_->propose(encode_entry(commands), [this, batch](const Result<consensus::LogPosition>& outcome) {
        if (outcome) return settle(*batch, nullptr);
        const auto failure = outcome.error();
        settle(*batch, &failure);
    });
}

void MetadataController::settle(const Batch& batch, const Error* failure) {
    for (const auto& pending : batch) pending->finish(failure);
    is_proposing_ = false;
    propose_next();
    if (!is_proposing_ && stopped_) log_->stop(std::exchange(stopped_, nullptr));
}

void MetadataController::stop(std::function<void()> done) {
    executor_.post([this, done = std::move(done)]() mutable {
        is_stopping_ = true;
        if (!is_proposing_) return log_->stop(std::move(done));
        stopped_ = std::move(done);
    });
}

Result<void> MetadataController::apply(consensus::LogPosition, ByteView command) {
    const auto commands = decode_entry(command);
    if (!commands) return commands.error();
    auto next = current_;
    CatalogueChanges changes;
    for (const auto& one : *commands) {
        if (auto applied = next.apply(one, &changes); !applied) return applied;
    }
    current_ = std::move(next);
    if (log_ == nullptr) return {};  // replaying: open() publishes
    tell(catalogue(), changes);
    return {};
}

// Publishes the current state, and tells what led to it.
void MetadataController::tell(const CataloguePtr& before, const CatalogueChanges& changes) {
    const auto now = std::make_shared<const Catalogue>(current_);
    publish(now);
    for (const auto& subscriber : subscribers_) subscriber({before, now, changes});
}

Bytes MetadataController::snapshot() {
    return current_.snapshot();
}

Result<void> MetadataController::restore(consensus::LogPosition, ByteView snapshot) {
    if (auto restored = current_.restore(snapshot); !restored || log_ == nullptr) return restored;
    const auto before = catalogue();
    CatalogueChanges changes{.topics = {}, .nodes = true, .broker_settings = true};
    changes.topology.everything = true;
    before->for_each_topic(
        [&](const TopicPtr& topic) { changes.topics.push_back({topic, current_.find_shared(topic->id)}); });
    current_.for_each_topic([&](const TopicPtr& topic) {
        if (before->find(topic->id) == nullptr) changes.topics.push_back({nullptr, topic});
    });
    tell(before, changes);
    return {};
}

}  // namespace weir::metadata
