// Start, stop, and the following of the catalogue by the logs.
#include "broker/node_broker.hpp"

#include <malloc.h>

#include <future>

#include "base/log_line.hpp"
#include "runtime/heap_trim.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t maintenance_interval_ms = 30'000;
constexpr std::int64_t put_retry_ms = 500;

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
    // Who waits may hold what came from other nodes: the budget for that goes before the hub.
    hub_.drop_all();
}

Result<void> NodeBroker::open() {
    if (auto made = files_.make_directories(options_.store.directory); !made) return made;
    // The store takes the directory's lock: nothing may be touched before it.
    auto store = log::LogStore::open(options_.store, files_, clock_, *this);
    if (!store) return store.error();
    store_ = std::move(*store);
    if (auto opened = open_catalogue(); !opened) return with_advice(opened.error());
    local_topics_ = std::make_unique<LocalTopics>(node_, *store_, topics_, replicas_.get());
    open_groups();
    open_topic_leaders();
    open_queues();
    return open_topics();
}

// A voter that has forgotten what it voted for must not come back as itself.
Error NodeBroker::with_advice(const Error& error) const {
    if (!options_.cluster || error.code != Errc::corrupt) return error;
    const auto node = node_ == NodeId{} ? options_.node : node_;
    return {
        error.code,
        fmt::format("{0}. The cluster's other nodes have all: take this one out by `weir cluster drain {1}` "
                    "and `weir cluster remove {1}` at one of them, and start anew with another --node, an "
                    "empty --data and --join",
                    error.message, node.value)};
}

// The groups' shards live on the reactors in turn; they load once the reactors run.
void NodeBroker::open_groups() {
    for (unsigned i = 0; i < pool_.size(); ++i) {
        group_executors_.push_back(std::make_unique<runtime::ReactorExecutor>(pool_.at(i)));
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

namespace {

// A shard goes where its partition is led.
template <class Shards>
void follow_shards(Shards& shards, const Topic* before, const Topic& now,
                   const std::vector<std::unique_ptr<runtime::ReactorExecutor>>& executors) {
    shards.set_shards(now.info->partition_count());
    for (const auto& partition : now.partitions) {
        const auto was = before == nullptr ? nullptr : before->partition(partition->id);
        if (was && was->is_led() == partition->is_led() && was->leader_epoch() == partition->leader_epoch())
            continue;
        if (!partition->is_led() || !partition->log()) {
            shards.resign(partition->id);
            continue;
        }
        const auto at = static_cast<std::size_t>(partition->id.value) % executors.size();
        shards.lead(partition->id, {partition->log(), partition->leader_epoch(), executors[at].get()});
    }
}

}  // namespace

// Not what was so before this start.
void NodeBroker::follow_groups(const Topic* before, const Topic& now) {
    if (now.name() != stream::offsets_topic || (cluster_ && standing_ == Standing::starting)) return;
    follow_shards(*groups_, before, now, group_executors_);
}

// Alone it asks nobody else, and any executor does.
void NodeBroker::open_topic_leaders() {
    if (!topic_server_) topic_server_ = std::make_unique<TopicServer>(topics_, hub_, pool_, clock_);
    auto& executor = queue_executor_ ? *queue_executor_ : *group_executors_.front();
    topic_leaders_ =
        std::make_unique<TopicLeaders>(TopicLeaderOptions{}, node_, *topic_server_, topic_peers_.get(),
                                       executor, clock_, [this] { return controller_->catalogue(); });
    group_positions_ = std::make_unique<GroupPositions>(node_, *groups_, topic_peers_.get(), executor,
                                                        [this] { return controller_->catalogue(); });
}

void NodeBroker::open_queues() {
    if (!options_.serves_queues && !cluster_) return;
    queues_ = std::make_unique<Queues>(
        *this, [this](PartitionId log) { return remote_queues(log); },
        SubscriptionSeams{topics_, hub_, *topic_leaders_,
                          [this](GroupPosition position, GroupPositions::Done done) {
                              group_positions_->tell(std::move(position), std::move(done));
                          },
                          pool_},
        options_.property_reader);
    replies_ = std::make_unique<ReplyAddresses>(
        node_, [this](NodeId node, const std::string& address, const ReplyAddresses::MessagePtr& message) {
            forward_reply(node, address, message);
        });
    queues_->start(controller_->catalogue()->topology());
    shards_told_ = &queues_->shards();
}

void NodeBroker::follow_queues(const Topic* before, const Topic& now) {
    if (!queues_ || now.name() != queue::queues_topic) return;
    if (cluster_ && standing_ == Standing::starting) return;
    queues_->set_places(now.info->partition_count(), group_executors_);
    follow_shards(queues_->shards(), before, now, group_executors_);
    for (const auto& partition : now.partitions) {
        const auto* was = before == nullptr ? nullptr : before->info->partition(partition->id);
        const auto& is = *now.info->partition(partition->id);
        if (was && was->leader == is.leader && was->leader_epoch == is.leader_epoch) continue;
        queues_->on_new_leader(partition->id);
    }
}

void NodeBroker::on_commit(const log::Commit& commit) {
    hub_.on_commit(commit);
    if (auto* groups = told_of_commits_.load()) groups->on_commit(commit);
    if (auto* shards = shards_told_.load()) shards->on_commit(commit);
    if (auto* replicas = replicas_told_.load()) replicas->on_commit(commit);
}

void NodeBroker::on_published(const metadata::Published& published) {
    if (queues_) queues_->follow(published);
    for (const auto& change : published.changes.topics) {
        if (!change.after) {
            hub_.on_removed(local_topics_->remove(*change.before));
            groups_->ask<stream::ForgetTopicsRequest>({.topics = {change.before->name}}, [](auto&&) {});
        } else if (auto put = put_topic(change.after); !put) {
            log_error("the topic '{}' has no log: {}", change.after->name, put.error().message);
        }
    }
    if (published.changes.nodes) follow_node(published.now);
    if (cluster_ && published.changes.nodes) release_lost_nodes(published);
    if (cluster_ && controller_->log().role() == consensus::Role::leader) look_after_queues(published);
    if (!published.changes.broker_settings) return;
    if (replicas_) replicas_->set_rates(replication_rates(*published.now, node_));
    published.now->for_each_topic([&](const metadata::TopicPtr& info) {
        if (auto put = put_topic(info); !put)
            log_error("the topic '{}' has no log: {}", info->name, put.error().message);
    });
}

Result<void> NodeBroker::put_topic(const metadata::TopicPtr& info) {
    const auto put = local_topics_->put(info, *controller_->catalogue());
    hub_.tell(put.changed);
    follow_groups(put.before.get(), *put.now);
    follow_queues(put.before.get(), *put.now);
    if (!put.outcome) put_again_later();
    return put.outcome;
}

// Until they have their logs: the disk may be full, or the last log of a partition that has come back is
// still going.
void NodeBroker::put_again_later() {
    metadata_thread_.at(0).post([this] {
        if (retry_timer_) return;
        retry_timer_ = metadata_thread_.at(0).run_after(put_retry_ms, [this] {
            retry_timer_.reset();
            const auto catalogue = controller_->catalogue();
            for (const auto& id : std::set<Uuid>{local_topics_->failed()}) {
                if (const auto info = catalogue->find_shared(id)) (void)put_topic(info);
            }
        });
    });
}

void NodeBroker::keep_house() {
    constexpr std::chrono::milliseconds look_interval{runtime::HeapTrim::look_interval_ms};
    const auto now_ms = [this] { return clock_.monotonic_us() / 1000; };
    runtime::HeapTrim trim;
    auto maintained_ms = now_ms();
    std::unique_lock lock(house_mutex_);
    while (!house_changed_.wait_for(lock, look_interval, [this] { return stopping_; })) {
        lock.unlock();
        if (now_ms() - maintained_ms >= maintenance_interval_ms) {
            maintained_ms = now_ms();
            store_->maintain();
        }
        if (trim.is_due(now_ms(), runtime::process_cpu_ms())) ::malloc_trim(0);
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
            retry_timer_.reset();
            if (damage_reports_) damage_reports_->stop();
            if (cluster_) cluster_->stop();
            if (queue_server_) queue_server_->stop();
        });
        controller_->stop([&] { stopped.set_value(); });
        stopped.get_future().wait();
        if (replicas_) replicas_->stop();
        if (queue_links_) queue_links_->stop();
        if (topic_leaders_ && cluster_) topic_leaders_->stop();
        replication_thread_.stop();  // what its streams have brought ends on the metadata thread
        metadata_thread_.stop();
        queue_thread_.stop();
    }
    return store_ ? std::exchange(store_, nullptr)->stop() : Result<void>{};
}

}  // namespace weir::broker
