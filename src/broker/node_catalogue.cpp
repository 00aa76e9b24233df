// How a node comes by its catalogue: alone, as the first of a cluster, or by joining one.
#include <future>

#include "base/log_line.hpp"
#include "broker/node_broker.hpp"
#include "consensus/checked_block.hpp"
#include "consensus/raft_metadata_log.hpp"
#include "rpc/hello.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t introduction_limit_ms = 60'000;
constexpr std::size_t replication_memory_bytes = std::size_t{256} << 20;  // for what followers fetch
constexpr std::uint32_t replication_stream = 2;
constexpr unsigned election_ms = 500;
constexpr std::int32_t queue_logs = 16;  // in a cluster
constexpr std::int32_t reactors_a_queue_log = 4;
constexpr std::int32_t offsets_replicas = 3;  // of the groups' topic, where there are so many nodes

// A message that goes to queues of several logs is written once for each: few logs. One is one reactor's
// work, which is a fraction of what the connections take that bring it.
std::int32_t queue_logs_for(std::size_t reactors) {
    return (static_cast<std::int32_t>(reactors) + reactors_a_queue_log - 1) / reactors_a_queue_log;
}

// The cluster that a node's certificate is for.
std::optional<Uuid> certified_cluster(const std::optional<ClusterOptions>& cluster) {
    if (!cluster || !cluster->tls || cluster->tls->own_certificate() == nullptr) return std::nullopt;
    const auto name = rpc::certified_name(*cluster->tls->own_certificate());
    return name ? std::optional{name->cluster_id} : std::nullopt;
}

}  // namespace

Result<void> NodeBroker::open_catalogue() {
    const auto directory = options_.store.directory + "/metadata";
    const auto identity = identify(directory);
    if (!identity) return identity.error();
    cluster_id_ = identity->cluster_id;
    node_ = identity->node;
    rpc::LocalNode self;
    if (options_.cluster) {
        self = local_node(*identity);
        cluster_ = std::make_unique<cluster::Node>(
            cluster::NodeOptions{.self = self,
                                 .listen = options_.cluster->listen,
                                 .incarnation = store_->id(),
                                 .is_clean = store_->kept_all(),
                                 .rack = options_.cluster->rack,
                                 .first_leader = first_leader_,
                                 .new_topic = [this](const std::string& name) { return new_topic(name); },
                                 .registered = [this](BrokerEpoch epoch) { on_registered(epoch); },
                                 .may_lead = [this] { return damage_reports_->has_told_all(); },
                                 .refused = options_.refused},
            metadata_thread_.at(0), replication_thread_, clock_, random_);
    }
    if (auto opened = open_controller(directory, *identity); !opened) return opened;
    producer_ids_ = std::make_unique<ProducerIds>(
        [this](std::function<void(ProducerIds::Block)> done) { allocate_producer_ids(std::move(done)); });
    if (!cluster_) return {};
    metadata_executor_ = std::make_unique<runtime::ReactorExecutor>(metadata_thread_.at(0));
    rpc::Methods methods;  // called where the streams are: on the replication thread
    open_replicas(self, methods);
    open_damage_reports();
    rpc::Methods others;
    open_queue_links(self, others);
    others.on_request(cluster::sizes_method, [this](const std::shared_ptr<rpc::Request>& request) {
        const auto keys = cluster::decode_keys(request->body());
        keys ? request->reply(cluster::encode(replica_sizes(*keys))) : request->fail(keys.error());
    });
    others.on_request(cluster::damage_method, [this](const std::shared_ptr<rpc::Request>& request) {
        request->reply(cluster::encode(damage_here()));
    });
    methods.add(std::move(others), *metadata_executor_);
    return cluster_->open(*controller_, std::move(methods));
}

// What this start may have lost is in the catalogue by now, and nothing has been fetched or led yet.
void NodeBroker::on_registered(BrokerEpoch epoch) {
    if (auto noted = store_->acknowledge_loss(); !noted)
        log_warning("the next start will count as one after a power cut: {}", noted.error().message);
    broker_epoch_ = epoch;
    replicas_->set_broker_epoch(epoch);
    // The catalogue may have had it before the answer came.
    follow_node(controller_->catalogue());
}

void NodeBroker::open_replicas(const rpc::LocalNode& self, rpc::Methods& methods) {
    replication_memory_ = std::make_unique<runtime::MemoryBudget>(replication_memory_bytes);
    auto& reactor = replication_thread_.at(0);
    replication_executor_ = std::make_unique<runtime::ReactorExecutor>(reactor);
    replication_links_ = std::make_unique<cluster::Links>(
        self, cluster::LinkSeams{reactor, *replication_memory_, clock_, random_}, replication_stream);
    replicas_ = std::make_unique<Replicas>(
        ReplicasOptions{.node = node_}, *replication_links_, *replication_executor_, clock_,
        ReplicasSeams{.on_advance =
                          [this](const std::vector<std::shared_ptr<log::PartitionLog>>& logs) {
                              hub_.tell(logs);
                              for (const auto& log : logs) {
                                  groups_->on_advance(*log);
                                  if (queues_) queues_->shards().on_advance(*log);
                              }
                          },
                      .alter =
                          [this](auto proposals, auto done) {
                              propose(cluster_->membership(), {node_, broker_epoch_.load()},
                                      std::move(proposals), std::move(done));
                          }});
    replicas_->add_methods(methods);
    replicas_told_ = replicas_.get();
}

void NodeBroker::open_damage_reports() {
    damage_reports_ = std::make_unique<DamageReports>(
        DamageReportOptions{}, *store_, *metadata_executor_, clock_,
        [this](DamageReports::Items items, auto done) {
            report_damage(cluster_->membership(), {node_, broker_epoch_.load()}, std::move(items),
                          std::move(done));
        },
        [this](const log::LogKey& key, LeaderEpoch epoch) { replicas_->refill(key, epoch); },
        [this](const log::LogKey& key) { return partition_name(*controller_->catalogue(), key); });
}

// Where the others reach this node before they have its registration; a label while that is not known.
std::string NodeBroker::listed_address() const {
    const bool is_known = options_.cluster && options_.cluster->listen.port != 0;
    return is_known ? options_.cluster->listen.text() : cluster::label_of(node_);
}

bool NodeBroker::is_usable() const {
    return !cluster_ || standing_ == Standing::usable;
}

Result<void> NodeBroker::open_controller(const std::string& directory, const consensus::Identity& identity) {
    auto& reactor = metadata_thread_.at(0);
    consensus::RaftLogOptions log{
        .storage = {.directory = directory, .identity = identity, .first_members = {}},
        .election_ms = election_ms};
    if (!first_leader_) log.storage.first_members = {{.node = node_, .address = listed_address()}};
    consensus::RaftLogSeams seams{files_, reactor, clock_, random_};
    if (cluster_) {
        seams.transport = &cluster_->transport();
        seams.run_after = [&reactor](std::int64_t delay_ms, std::function<void()> task) {
            return reactor.run_after(delay_ms, std::move(task));
        };
    }
    auto controller = metadata::MetadataController::open(
        {.node = node_, .file = options_.file_settings}, reactor, random_,
        [&](consensus::StateMachine& machine) { return consensus::open_raft_log(log, machine, seams); });
    if (!controller) return controller.error();
    controller_ = std::move(*controller);
    return {};
}

// Who this data directory belongs to; an empty one is made the first of a cluster, or one more of it.
Result<consensus::Identity> NodeBroker::identify(const std::string& directory) {
    auto found = consensus::read_identity(files_, directory);
    if (!found) return consensus::without_start(found.error());
    const bool joins = options_.cluster && options_.cluster->join;
    if (joins) first_leader_ = {rpc::any_node, *options_.cluster->join};
    if (*found) return **found;
    const auto certified = certified_cluster(options_.cluster);
    consensus::Identity identity{.cluster_id = certified ? *certified : random_.uuid(),
                                 .node = options_.node};
    if (joins) {
        if (auto introduced = introduce(identity); !introduced) return introduced.error();
    }
    log_info("formatting {} as node {} of the {}cluster {}", options_.store.directory, identity.node.value,
             joins ? "" : "new ", identity.cluster_id.text());
    return identity;
}

Result<void> NodeBroker::introduce(consensus::Identity& identity) {
    const auto stranger = local_node(
        {.cluster_id = certified_cluster(options_.cluster).value_or(Uuid{}), .node = identity.node});
    runtime::MemoryBudget budget{std::size_t{1} << 20};
    runtime::ReactorPool pool{1};
    pool.start();
    auto introduction = cluster::introduce(stranger, *options_.cluster->join,
                                           {pool.at(0), budget, clock_, random_}, introduction_limit_ms);
    pool.stop();
    if (!introduction) return introduction.error();
    if (introduction->node == identity.node || introduction->leader->node == identity.node) {
        return Error{Errc::already_exists,
                     fmt::format("the cluster has a node {} already: give this one another number (--node)",
                                 identity.node.value)};
    }
    identity.cluster_id = introduction->cluster_id;
    return {};
}

rpc::LocalNode NodeBroker::local_node(const consensus::Identity& identity) const {
    return {.cluster_id = identity.cluster_id,
            .id = identity.node,
            .incarnation = random_.next(),
            .tls = options_.cluster->tls,
            .insecure = options_.cluster->allow_insecure};
}

Result<void> NodeBroker::open_topics() {
    if (!cluster_) {
        if (auto removed = local_topics_->remove_orphans(*controller_->catalogue()); !removed) return removed;
    }
    Result<void> outcome;
    controller_->catalogue()->for_each_topic([&](const metadata::TopicPtr& info) {
        if (auto put = put_topic(info); !put && outcome) outcome = put;
    });
    if (!outcome) return outcome;
    controller_->subscribe([this](const metadata::Published& published) { on_published(published); });
    if (replicas_) {
        replicas_->set_addresses(controller_->catalogue());
        replicas_->set_rates(replication_rates(*controller_->catalogue(), node_));
        replicas_->start();
        replication_thread_.start();
        queue_links_->set_addresses(controller_->catalogue());
        topic_leaders_->set_addresses(controller_->catalogue());
        queue_thread_.start();
    }
    metadata_thread_.start();  // the last one: what it publishes is not to be overtaken by what was before
    housekeeper_ = std::thread([this] { keep_house(); });  // from here on stop() has threads to end
    return cluster_ ? Result<void>{} : register_alone();
}

Result<void> NodeBroker::register_alone() {
    controller_->submit(metadata::RegisterNode{.node = {.id = node_, .rack = "", .endpoints = {}}},
                        [](auto&&) {});
    return create_topic_once(std::string{stream::offsets_topic});
}

// Once the catalogue has this start of the node, it has all that was decided before: logs that it does not
// know by then are those of topics that were deleted.
void NodeBroker::follow_node(const metadata::CataloguePtr& catalogue) {
    if (replicas_) replicas_->set_addresses(catalogue);
    if (queue_links_) queue_links_->set_addresses(catalogue);
    if (topic_leaders_) topic_leaders_->set_addresses(catalogue);
    if (!cluster_ || standing_ == Standing::usable) return;
    const auto self = catalogue->nodes().find(node_);
    if (self == catalogue->nodes().end() || !cluster_->membership().is_registered(self->second.broker_epoch))
        return;
    if (standing_ == Standing::starting) {
        if (auto removed = local_topics_->remove_orphans(*catalogue); !removed) {
            log_error("{}", removed.error().message);
            put_again_later();
        }
        standing_ = Standing::registered;
        for (const auto& topic : topics_.all()) {
            follow_groups(nullptr, *topic);
            follow_queues(nullptr, *topic);
        }
    }
    damage_reports_->start();
    if (!self->second.is_fenced) standing_ = Standing::usable;
}

// As many as asked for, as far as there are nodes.
std::int32_t NodeBroker::replicas_for(std::int32_t wanted) const {
    const auto catalogue = controller_->catalogue();
    const auto usable =
        std::ranges::count_if(catalogue->nodes(), [](const auto& entry) { return entry.second.is_usable(); });
    return std::clamp(static_cast<std::int32_t>(usable), 1, wanted);
}

metadata::CreateTopic NodeBroker::new_queues_topic() const {
    return {.name = std::string{queue::queues_topic},
            .partitions = cluster_ ? queue_logs : queue_logs_for(pool_.size()),
            .replication_factor = replicas_for(controller_->catalogue()->broker_settings().queue_replicas),
            .overrides = {{"retention.ms", "-1"},
                          {"compression.type", "producer"},
                          {"segment.bytes", "67108864"},
                          {"min.insync.replicas", "2"}},
            .is_internal = true};
}

metadata::CreateTopic NodeBroker::new_topic(const std::string& name) const {
    if (name == queue::queues_topic) return new_queues_topic();
    if (name != stream::offsets_topic) return {.name = name};
    const auto catalogue = controller_->catalogue();
    metadata::CreateTopic request{.name = name,
                                  .partitions = catalogue->broker_settings().offsets_topic_partitions,
                                  .replication_factor = replicas_for(offsets_replicas),
                                  .is_internal = true};
    // Groups rewrite their logs and drop what lies before: small segments, so that the space is freed soon.
    request.overrides = {
        {"cleanup.policy", "compact"}, {"compression.type", "producer"}, {"segment.bytes", "16777216"}};
    return request;
}

// Another node may be as fast.
Result<void> NodeBroker::create_topic_once(const std::string& name) {
    if (controller_->catalogue()->find(name) != nullptr) return {};
    std::promise<Result<metadata::TopicPtr>> created;
    change(new_topic(name), [&](Result<metadata::TopicPtr> result) { created.set_value(std::move(result)); });
    const auto result = created.get_future().get();
    if (!result && result.error().code != Errc::already_exists) return result.error();
    return {};
}

void NodeBroker::announce(std::vector<metadata::Endpoint> endpoints) {
    if (!cluster_) return;
    const auto here = cluster_->endpoint();
    endpoints.push_back({std::string{cluster::cluster_listener}, here.host, here.port});
    cluster_->membership().announce(std::move(endpoints));
}

bool NodeBroker::is_suspect(NodeId node) const {
    return cluster_ && cluster_->membership().is_suspect(node);
}

void NodeBroker::leave() {
    if (!cluster_) return has_left_.store(true);
    cluster_->membership().leave([this] { has_left_ = true; });
}

void NodeBroker::create_missing_topic(const std::string& name) {
    if (!cluster_) return controller_->submit(new_topic(name), [](auto&&) {});
    const auto bytes = as_bytes(name);
    cluster_->membership().ask_leader(cluster::create_topic_method, {bytes.begin(), bytes.end()},
                                      [](auto&&) {});
}

void NodeBroker::allocate_producer_ids(std::function<void(ProducerIds::Block)> done) {
    if (!cluster_) return controller_->submit(metadata::AllocateProducerIds{}, std::move(done));
    cluster_->membership().ask_leader(
        cluster::producer_ids_method, {}, [done = std::move(done)](const Result<Bytes>& answer) {
            done(answer ? cluster::decode_producer_ids(*answer) : ProducerIds::Block{answer.error()});
        });
}

}  // namespace weir::broker
