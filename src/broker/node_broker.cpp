// Start, stop, and the following of the catalogue by the logs.
#include "broker/node_broker.hpp"

#include <future>

#include "base/log_line.hpp"

namespace weir::broker {

namespace {

constexpr std::chrono::seconds housekeeping_interval{30};

log::LogConfig log_config(const metadata::TopicSettings& settings) {
    return {.segment_bytes = settings.segment_bytes,
            .segment_ms = settings.segment_ms,
            .retention_ms = settings.drops_old ? settings.retention_ms : -1,
            .retention_bytes = settings.drops_old ? settings.retention_bytes : -1,
            .durability = settings.is_page_cache ? log::Durability::page_cache : log::Durability::journal};
}

}  // namespace

Result<std::unique_ptr<Broker>> Broker::open(BrokerOptions options, runtime::ReactorPool& pool,
                                             runtime::FileSystem& files, Clock& clock, Random& random) {
    auto broker = std::make_unique<NodeBroker>(std::move(options), pool, files, clock, random);
    if (auto opened = broker->open(); !opened) return opened.error();
    return std::unique_ptr<Broker>{std::move(broker)};
}

NodeBroker::NodeBroker(BrokerOptions options, runtime::ReactorPool& pool, runtime::FileSystem& files,
                       Clock& clock, Random& random)
    : options_(std::move(options)), pool_(pool), files_(files), clock_(clock), random_(random), hub_(pool) {}

NodeBroker::~NodeBroker() {
    if (auto stopped = stop(); !stopped) log_error("the stop was not clean: {}", stopped.error().message);
}

Result<void> NodeBroker::open() {
    if (auto made = files_.make_directories(options_.store.directory); !made) return made;
    // The store takes the directory's lock: nothing may be touched before it.
    auto store = log::LogStore::open(options_.store, files_, clock_, *this);
    if (!store) return store.error();
    store_ = std::move(*store);
    if (auto opened = open_catalogue(); !opened) return opened;
    open_groups();
    if (auto opened = open_topics(); !opened) return opened;
    housekeeper_ = std::thread([this] { keep_house(); });
    return {};
}

// The groups' shards live on the reactors in turn; they load once the reactors run.
void NodeBroker::open_groups() {
    for (unsigned i = 0; i < pool_.size(); ++i) {
        group_executors_.push_back(std::make_unique<stream::ReactorExecutor>(pool_.at(i)));
    }
    const auto& settings = controller_->catalogue()->broker_settings();
    stream::CoordinatorOptions options;
    options.group.initial_rebalance_delay_ms = settings.group_initial_rebalance_delay_ms;
    options.group.min_session_timeout_ms = settings.group_min_session_timeout_ms;
    options.group.max_session_timeout_ms = settings.group_max_session_timeout_ms;
    options.group.max_group_members = static_cast<std::size_t>(settings.group_max_size);
    options.group.max_offset_metadata_bytes = static_cast<std::size_t>(settings.offset_metadata_max_bytes);
    options.group.offsets_retention_ms = settings.offsets_retention_ms;
    options.group.offsets_check_interval_ms = settings.offsets_retention_check_ms;
    groups_ =
        std::make_unique<stream::GroupCoordinator>(options, clock_, [this] { return random_.uuid().text(); });
    told_of_commits_ = groups_.get();
}

// A shard goes where its partition is led.
void NodeBroker::follow_groups(const Topic* before, const Topic& now) {
    if (now.name() != stream::offsets_topic) return;
    groups_->set_shards(now.info->partition_count());
    for (const auto& partition : now.partitions) {
        const auto was = before == nullptr ? nullptr : before->partition(partition->id);
        if (was && was->is_led() == partition->is_led() && was->leader_epoch() == partition->leader_epoch())
            continue;
        if (!partition->is_led() || !partition->log()) {
            groups_->resign(partition->id);
            continue;
        }
        const auto at = static_cast<std::size_t>(partition->id.value) % group_executors_.size();
        groups_->lead(partition->id,
                      {partition->log(), partition->leader_epoch(), group_executors_[at].get()});
    }
}

void NodeBroker::on_commit(const log::Commit& commit) {
    hub_.on_commit(commit);
    if (auto* groups = told_of_commits_.load()) groups->on_commit(commit);
    if (auto* replicas = replicas_told_.load()) replicas->on_commit(commit);
}

void NodeBroker::on_published(const metadata::Published& published) {
    for (const auto& change : published.changes.topics) {
        if (!change.after) {
            remove_topic(*change.before);
            groups_->ask<stream::ForgetTopicsRequest>({.topics = {change.before->name}}, [](auto&&) {});
        } else if (auto put = put_topic(change.after); !put) {
            log_error("the topic '{}' has no log: {}", change.after->name, put.error().message);
        }
    }
    if (published.changes.nodes) follow_node(published.now);
    if (!published.changes.broker_settings) return;
    published.now->for_each_topic([&](const metadata::TopicPtr& info) {
        if (auto put = put_topic(info); !put)
            log_error("the topic '{}' has no log: {}", info->name, put.error().message);
    });
}

// Makes or renews the data path's view of a topic, with logs for partitions that have none.
Result<void> NodeBroker::put_topic(const metadata::TopicPtr& info) {
    const auto before = topics_.find(info->id);
    auto topic = std::make_shared<Topic>();
    topic->info = info;
    const auto config = log_config(*info->settings);
    Result<void> outcome;
    for (std::int32_t i = 0; i < info->partition_count(); ++i) {
        const PartitionId id{i};
        auto partition = partition_now(before ? before->partition(id) : nullptr, id, *info);
        if (auto kept = keep_log(*info, *partition, config); !kept) outcome = kept;
        topic->partitions.push_back(std::move(partition));
    }
    topics_.put(topic);
    follow_replicas(before.get(), *topic);
    follow_groups(before.get(), *topic);
    return outcome;
}

std::shared_ptr<Partition> NodeBroker::partition_now(std::shared_ptr<Partition> before, PartitionId id,
                                                     const metadata::Topic& info) const {
    const auto& now = *info.partition(id);
    const auto needed = metadata::min_in_sync(now, info.settings->cluster_min_insync_replicas);
    const Partition::State state{.leader_epoch = now.leader_epoch,
                                 .is_led = now.leader == node_,
                                 .is_replicated = now.replicas.size() > 1,
                                 .takes_all = now.in_sync.size() >= needed};
    if (!before) return std::make_shared<Partition>(id, state);
    return before->state == state ? before : std::make_shared<Partition>(*before, state);
}

// A replica's log is opened, or told its settings; where there is no replica any more, it goes.
Result<void> NodeBroker::keep_log(const metadata::Topic& info, Partition& partition,
                                  const log::LogConfig& config) {
    const bool is_here = metadata::contains(info.partition(partition.id)->replicas, node_);
    if (const auto log = partition.log()) {
        if (is_here) return log->set_config(config), Result<void>{};
        partition.set_log(nullptr);
        if (replicas_) replicas_->remove({info.id, partition.id});
        return store_->remove({info.id, partition.id});
    }
    if (!is_here) return {};
    auto opened = store_->open_log({info.id, partition.id}, info.name, config);
    if (!opened) return opened.error();
    // Until its replica knows better, nothing of it is known to be committed.
    if (partition.state.is_replicated) (*opened)->limit_readers((*opened)->log_start(), false);
    partition.set_log(std::move(*opened));
    return {};
}

// What has changed of the partitions that have other replicas.
void NodeBroker::follow_replicas(const Topic* before, const Topic& now) {
    if (!replicas_) return;
    const auto catalogue = controller_->catalogue();
    for (const auto& partition : now.partitions) {
        const auto log = partition->log();
        if (!log || !partition->state.is_replicated) continue;
        const auto* was = before == nullptr ? nullptr : before->info->partition(partition->id);
        const auto& is = *now.info->partition(partition->id);
        if (was != nullptr && *was == is &&
            before->settings().cluster_min_insync_replicas == now.settings().cluster_min_insync_replicas)
            continue;
        replicas_->put({now.id(), partition->id}, log, registration_of(is, *now.info, *catalogue));
    }
}

void NodeBroker::remove_topic(const metadata::Topic& info) {
    const auto topic = topics_.find(info.id);
    if (!topic) return;
    topics_.remove(info.id);
    std::vector<std::shared_ptr<log::PartitionLog>> logs;
    for (const auto& partition : topic->partitions) {
        auto log = partition->log();
        if (!log) continue;
        logs.push_back(std::move(log));
        partition->set_log(nullptr);
        if (replicas_) replicas_->remove({info.id, partition->id});
        if (auto removed = store_->remove({info.id, partition->id}); !removed) {
            log_error("the files of topic '{}', partition {}, stay until the next start: {}", info.name,
                      partition->id.value, removed.error().message);
        }
    }
    hub_.on_removed(logs);
}

void NodeBroker::keep_house() {
    std::unique_lock lock(house_mutex_);
    while (!house_changed_.wait_for(lock, housekeeping_interval, [this] { return stopping_; })) {
        lock.unlock();
        store_->maintain();
        lock.lock();
    }
}

Result<void> NodeBroker::stop() {
    {
        const std::lock_guard lock(house_mutex_);
        stopping_ = true;
    }
    house_changed_.notify_all();
    if (housekeeper_.joinable()) {  // so the metadata thread runs as well
        housekeeper_.join();
        std::promise<void> stopped;
        metadata_thread_.at(0).post([this] {
            if (cluster_) cluster_->stop();
        });
        controller_->stop([&] { stopped.set_value(); });
        stopped.get_future().wait();
        if (replicas_) replicas_->stop();
        metadata_thread_.stop();
        replication_thread_.stop();
    }
    return store_ ? std::exchange(store_, nullptr)->stop() : Result<void>{};
}

}  // namespace weir::broker
