// Logs follow the catalogue.
#include "broker/local_topics.hpp"

#include "base/log_line.hpp"

namespace weir::broker {

namespace {

log::LogConfig log_config(const metadata::TopicSettings& settings) {
    return {.segment_bytes = settings.segment_bytes,
            .segment_ms = settings.segment_ms,
            .retention_ms = settings.drops_old ? settings.retention_ms : -1,
            .retention_bytes = settings.drops_old ? settings.retention_bytes : -1,
            .durability = settings.is_page_cache ? log::Durability::page_cache : log::Durability::journal};
}

// The same, led by nobody as far as this node goes.
std::shared_ptr<Partition> without_leader(const Partition& partition) {
    auto state = partition.state;
    state.is_led = false;
    return std::make_shared<Partition>(partition, state);
}

}  // namespace

LocalTopics::Put LocalTopics::put(const metadata::TopicPtr& info, const metadata::Catalogue& catalogue) {
    const auto before = topics_.find(info->id);
    Put put{
        .before = failed_.erase(info->id) == 0 ? before : nullptr, .now = {}, .outcome = {}, .changed = {}};
    auto topic = std::make_shared<Topic>();
    topic->info = info;
    const auto config = log_config(*info->settings);
    for (std::int32_t i = 0; i < info->partition_count(); ++i) {
        const PartitionId id{i};
        const auto was = before ? before->partition(id) : nullptr;
        const auto log = was ? was->log() : nullptr;
        auto partition = partition_now(was, id, *info);
        if (auto kept = keep_log(*info, *partition, config); !kept) put.outcome = kept;
        if (!may_lead(*partition)) partition = without_leader(*partition);
        if (log && (partition->state != was->state || !partition->log())) put.changed.push_back(log);
        topic->partitions.push_back(std::move(partition));
    }
    put.now = topic;
    if (put.outcome) put.outcome = note_all_open();
    if (!put.outcome) failed_.insert(info->id);
    topics_.put(topic);
    follow_replicas(put.before.get(), *topic, catalogue);
    return put;
}

std::shared_ptr<Partition> LocalTopics::partition_now(std::shared_ptr<Partition> before, PartitionId id,
                                                      const metadata::Topic& info) const {
    const auto& now = *info.partition(id);
    const auto needed = metadata::min_in_sync(now, info.settings->cluster_min_insync_replicas);
    const Partition::State state{.leader_epoch = now.leader_epoch,
                                 .is_led = now.leader == node_,
                                 .is_replicated = now.replicas.size() > 1,
                                 .takes_all = now.in_sync.size() >= needed,
                                 .is_in_sync = metadata::contains(now.in_sync, node_)};
    if (!before) return std::make_shared<Partition>(id, state);
    return before->state == state ? before : std::make_shared<Partition>(*before, state);
}

// A replica's log is opened, or told its settings; where there is no replica any more, it goes.
Result<void> LocalTopics::keep_log(const metadata::Topic& info, Partition& partition,
                                   const log::LogConfig& config) {
    const bool is_here = metadata::contains(info.partition(partition.id)->replicas, node_);
    if (const auto log = partition.log()) {
        if (is_here) {
            log->set_config(config);
            if (partition.state.is_replicated) limit_readers(*log);
            return {};
        }
        if (!is_up_to_date_) return {};
        partition.set_log(nullptr);
        if (replicas_) replicas_->remove({info.id, partition.id});
        return store_.remove({info.id, partition.id});
    }
    if (!is_here) return {};
    auto opened = store_.open_log({info.id, partition.id}, info.name, config);
    if (!opened) return opened.error();
    // Until its replica knows better, nothing of it is known to be committed.
    if (partition.state.is_replicated) (*opened)->limit_readers((*opened)->log_start());
    partition.set_log(std::move(*opened));
    return {};
}

// A log whose end is lost would give offsets again that were acknowledged, and have followers cut them off.
// It waits for one that has all.
bool LocalTopics::may_lead(const Partition& partition) const {
    const auto log = replicas_ && partition.is_led() ? partition.log() : nullptr;
    const auto damage = log && log->is_damaged() ? log->damage() : std::nullopt;
    return !damage || !damage->is_end_lost();
}

// Once each topic that this start has found has had its turn.
Result<void> LocalTopics::note_all_open() {
    return is_up_to_date_ && failed_.empty() ? store_.note_all_open() : Result<void>{};
}

// The only replica had committed all that it had: what others have joins from here on. If that is history,
// its log holds what came later, too, as leader or follower, and nothing is known to be committed.
void LocalTopics::limit_readers(log::PartitionLog& log) const {
    if (is_up_to_date_)
        log.limit_readers_from_now();
    else
        log.limit_readers(log.log_start());
}

// What has changed of the partitions that have other replicas, or have had some: these may hold readers back.
void LocalTopics::follow_replicas(const Topic* before, const Topic& now,
                                  const metadata::Catalogue& catalogue) {
    if (!replicas_ || !is_up_to_date_) return;
    for (const auto& partition : now.partitions) {
        const auto log = partition->log();
        if (!log || !log->is_limited()) continue;
        const auto* was = before == nullptr ? nullptr : before->info->partition(partition->id);
        const auto& is = *now.info->partition(partition->id);
        if (was != nullptr && *was == is &&
            before->settings().cluster_min_insync_replicas == now.settings().cluster_min_insync_replicas &&
            same_throttles(*before->info, *now.info))
            continue;
        auto registration = registration_of(node_, partition->id, *now.info, catalogue);
        if (!may_lead(*partition) || (is.leader == node_ && !partition->is_led()))
            registration.leader = metadata::no_node;
        replicas_->put({now.id(), partition->id}, log, std::move(registration));
    }
}

std::vector<std::shared_ptr<log::PartitionLog>> LocalTopics::remove(const metadata::Topic& info) {
    std::vector<std::shared_ptr<log::PartitionLog>> logs;
    failed_.erase(info.id);
    const auto topic = topics_.find(info.id);
    if (!topic) return logs;
    topics_.remove(info.id);
    for (const auto& partition : topic->partitions) {
        auto log = partition->log();
        if (!log) continue;
        logs.push_back(std::move(log));
        partition->set_log(nullptr);
        if (replicas_) replicas_->remove({info.id, partition->id});
        if (auto removed = store_.remove({info.id, partition->id}); !removed) {
            log_error("the files of topic '{}', partition {}, stay until the next start: {}", info.name,
                      partition->id.value, removed.error().message);
        }
    }
    return logs;
}

Result<void> LocalTopics::remove_orphans(const metadata::Catalogue& catalogue) {
    is_up_to_date_ = true;
    Result<void> outcome;
    for (const auto& topic : topics_.all()) {
        const auto put = this->put(topic->info, catalogue);
        if (!put.outcome && outcome) outcome = put.outcome;
        follow_replicas(nullptr, *put.now, catalogue);
    }
    for (const auto& key : store_.keys()) {
        const auto* topic = catalogue.find(key.topic_id);
        const auto* partition = topic == nullptr ? nullptr : topic->partition(key.partition);
        if (partition != nullptr && metadata::contains(partition->replicas, node_)) continue;
        log_info("removing the log of a deleted topic's partition {}", key.partition.value);
        if (auto removed = store_.remove(key); !removed && outcome) outcome = removed;
    }
    return outcome;
}

}  // namespace weir::broker
