// Start, stop, and the following of the catalogue by the logs.
#include "broker/node_broker.hpp"

#include <future>

#include "base/log_line.hpp"
#include "consensus/identity.hpp"
#include "consensus/local_metadata_log.hpp"

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
    if (auto opened = open_topics(); !opened) return opened;
    if (auto opened = open_groups(); !opened) return opened;
    housekeeper_ = std::thread([this] { keep_house(); });
    return {};
}

Result<void> NodeBroker::open_catalogue() {
    const auto directory = options_.store.directory + "/metadata";
    const auto found = consensus::read_identity(files_, directory);
    if (!found) return found.error();
    const auto identity =
        found->value_or(consensus::Identity{.cluster_id = random_.uuid(), .node = options_.node});
    if (!*found) {
        log_info("formatting {} as node {} of the new cluster {}", options_.store.directory,
                 identity.node.value, identity.cluster_id.text());
    }
    cluster_id_ = identity.cluster_id;
    node_ = identity.node;
    auto& executor = metadata_thread_.at(0);
    auto controller = metadata::MetadataController::open(
        {.node = node_, .file = options_.file_settings}, executor, random_,
        [&](consensus::StateMachine& machine) -> Result<std::unique_ptr<consensus::MetadataLog>> {
            auto log = consensus::LocalMetadataLog::open({.directory = directory, .identity = identity},
                                                         machine, files_, executor);
            if (!log) return log.error();
            return std::unique_ptr<consensus::MetadataLog>{std::move(*log)};
        });
    if (!controller) return controller.error();
    controller_ = std::move(*controller);
    producer_ids_ = std::make_unique<ProducerIds>(*controller_);
    return {};
}

Result<void> NodeBroker::open_topics() {
    if (auto removed = remove_orphans(); !removed) return removed;
    Result<void> outcome;
    controller_->catalogue()->for_each_topic([&](const metadata::TopicPtr& info) {
        if (auto put = put_topic(info); !put && outcome) outcome = put;
    });
    if (!outcome) return outcome;
    controller_->subscribe([this](const metadata::Published& published) { on_published(published); });
    metadata_thread_.start();
    controller_->submit(metadata::RegisterNode{.node = {.id = node_, .rack = "", .endpoints = {}}},
                        [](auto&&) {});
    return {};
}

// Logs of topics that were deleted while their removal had no time to end.
Result<void> NodeBroker::remove_orphans() {
    const auto catalogue = controller_->catalogue();
    for (const auto& key : store_->keys()) {
        const auto* topic = catalogue->find(key.topic_id);
        if (topic != nullptr && topic->partition(key.partition) != nullptr) continue;
        log_info("removing the log of a deleted topic's partition {}", key.partition.value);
        if (auto removed = store_->remove(key); !removed) return removed;
    }
    return {};
}

Result<void> NodeBroker::create_offsets_topic() {
    const auto catalogue = controller_->catalogue();
    if (catalogue->find(stream::offsets_topic) != nullptr) return {};
    metadata::CreateTopic command{.name = std::string(stream::offsets_topic),
                                  .partitions = catalogue->broker_settings().offsets_topic_partitions,
                                  .replication_factor = 1,
                                  .is_internal = true};
    // Groups rewrite their logs and drop what lies before: small segments, so that the space is freed soon.
    command.overrides = {
        {"cleanup.policy", "compact"}, {"compression.type", "producer"}, {"segment.bytes", "16777216"}};
    std::promise<Result<metadata::TopicPtr>> created;
    controller_->submit(std::move(command),
                        [&](Result<metadata::TopicPtr> result) { created.set_value(std::move(result)); });
    const auto result = created.get_future().get();
    if (!result) return result.error();
    return {};
}

// The groups' shards live on the reactors in turn; they load once the reactors run.
Result<void> NodeBroker::open_groups() {
    if (auto created = create_offsets_topic(); !created) return created;
    for (unsigned i = 0; i < pool_.size(); ++i) {
        group_executors_.push_back(std::make_unique<stream::ReactorExecutor>(pool_.at(i)));
    }
    const auto topic = topics_.find(stream::offsets_topic);
    std::vector<stream::ShardPlace> places;
    for (const auto& partition : topic->partitions) {
        if (!partition->log())
            return Error{Errc::io_error, "the log of __consumer_offsets could not be opened"};
        auto& executor = *group_executors_[places.size() % group_executors_.size()];
        places.push_back({partition->log(), partition->leader_epoch, &executor});
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
    groups_ = std::make_unique<stream::GroupCoordinator>(options, clock_, places,
                                                         [this] { return random_.uuid().text(); });
    told_of_commits_ = groups_.get();
    groups_->start();
    return {};
}

void NodeBroker::on_commit(const log::Commit& commit) {
    hub_.on_commit(commit);
    if (auto* groups = told_of_commits_.load()) groups->on_commit(commit);
}

void NodeBroker::on_published(const metadata::Published& published) {
    for (const auto& change : published.changes.topics) {
        if (!change.after) {
            remove_topic(*change.before);
            if (groups_)
                groups_->ask<stream::ForgetTopicsRequest>({.topics = {change.before->name}}, [](auto&&) {});
        } else if (auto put = put_topic(change.after); !put) {
            log_error("the topic '{}' has no log: {}", change.after->name, put.error().message);
        }
    }
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
        auto partition = before ? before->partition(id) : nullptr;
        if (!partition) partition = std::make_shared<Partition>(id, info->partition(id)->leader_epoch);
        if (auto log = partition->log()) {
            log->set_config(config);
        } else if (auto opened = store_->open_log({info->id, id}, info->name, config)) {
            partition->set_log(std::move(*opened));
        } else {
            outcome = opened.error();
        }
        topic->partitions.push_back(std::move(partition));
    }
    topics_.put(std::move(topic));
    return outcome;
}

void NodeBroker::remove_topic(const metadata::Topic& info) {
    const auto topic = topics_.find(info.id);
    if (!topic) return;
    topics_.remove(info.id);
    for (const auto& partition : topic->partitions) {
        partition->set_log(nullptr);
        if (auto removed = store_->remove({info.id, partition->id}); !removed) {
            log_error("the files of topic '{}', partition {}, stay until the next start: {}", info.name,
                      partition->id.value, removed.error().message);
        }
    }
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
        controller_->stop([&] { stopped.set_value(); });
        stopped.get_future().wait();
        metadata_thread_.stop();
    }
    return store_ ? std::exchange(store_, nullptr)->stop() : Result<void>{};
}

}  // namespace weir::broker
