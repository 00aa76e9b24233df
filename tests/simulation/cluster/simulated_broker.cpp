// Starting, running and crashing a simulated broker: what NodeBroker does, on one event loop.
#include "simulation/cluster/simulated_broker.hpp"

#include <fmt/format.h>

#include "base/crc32c.hpp"

namespace weir::simulation {

namespace {

const std::string directory = "data";

constexpr metadata::TickOptions ticks{
    .leases = {.heartbeat_ms = 40, .session_ms = 250, .broken_connection_ms = 100, .tick_ms = 20},
    .drain_ms = 60,
    .rebalance_ms = 500};
constexpr std::int64_t call_timeout_ms = 300;

broker::ReplicasOptions replicas_options(NodeId node) {
    return {.node = node,
            .leader = {.replica_lag_time_max_ms = 300, .refused_pause_ms = 50},
            .server = {.partition_bytes = 4000},
            .fetcher = {.max_wait_ms = 150, .min_bytes = 1, .max_bytes = 8000, .retry_ms = 30},
            .tick_ms = 25};
}

std::string ids(const metadata::NodeList& nodes) {
    std::string out;
    for (const auto& node : nodes) out += fmt::format("{}{}", out.empty() ? "" : ",", node.value);
    return "{" + out + "}";
}

}  // namespace

SimulatedBroker::SimulatedBroker(World& world, NodeId id, std::vector<consensus::Member> first_members,
                                 std::optional<NodeId> first_leader)
    : world_(world),
      id_(id),
      first_members_(std::move(first_members)),
      first_leader_(first_leader),
      clock_(world.loop),
      files_(world.dice.random().next()),
      seen_files_(with_bug(world.bug.in_files, files_)),
      metadata_thread_(world.loop, world.dice, [this] { after_task(); }),
      replication_thread_(world.loop, world.dice, [this] { after_task(); }),
      metadata_peers_(world, *this, metadata_channel),
      replication_peers_(world, *this, replication_channel) {
    world_.history.check(files_.make_directories(directory) && files_.sync_directory(""), "no directory");
}

void SimulatedBroker::start() {
    if (is_up() || is_retired_) return;
    ++life_;
    is_doomed_ = false;
    before_start(world_.bug.in_files, files_, directory + "/metadata", world_.dice);
    if (open() && !is_dead()) {
        checkpoint_again();
        for (const auto& other : world_.nodes) other->metadata_peers().on_start_of(id_);
        scrub_again(0);
        membership_->announce({{std::string{cluster::cluster_listener}, address_of(id_).endpoint.host,
                                address_of(id_).endpoint.port}});
        return;
    }
    crash(test::Crash::kill);
    restart_later();
}

// In the order of NodeBroker::open.
bool SimulatedBroker::open() {
    if (!open_store() || !open_catalogue()) return false;
    open_replicas();
    open_membership();
    open_damage_reports();
    local_topics_ = std::make_unique<broker::LocalTopics>(id_, *store_, topics_, replicas_.get());
    controller_->catalogue()->for_each_topic([this](const metadata::TopicPtr& info) { put(info); });
    controller_->subscribe([this](const metadata::Published& published) { follow(published); });
    replicas_->start();
    return true;
}

bool SimulatedBroker::open_store() {
    log::StoreOptions options{.directory = directory,
                              .journal_file_bytes = 64 * 1024,
                              .checkpoint_bytes = 256 * 1024,
                              .reserve_bytes = 4096,
                              .max_open_files = 8,
                              .scrub_bytes_per_second = 200'000,
                              .scrub_interval_ms = 300,
                              .is_refilled = true,
                              .own_threads = false};
    auto opened = log::LogStore::open(options, *seen_files_, clock_, *this);
    if (opened) {
        store_ = std::move(*opened);
        committed_ = store_->committed();
    } else if (!is_dead() && opened.error().code != Errc::no_space) {
        world_.fail(fmt::format("node {} does not start: {}", id_.value, opened.error().message));
    }
    return opened.has_value();
}

bool SimulatedBroker::open_catalogue() {
    auto options = world_.log_options;
    options.storage = {.directory = directory + "/metadata",
                       .identity = {.cluster_id = Uuid::from_random(1, 2), .node = id_},
                       .first_members = first_members_};
    auto opened = metadata::MetadataController::open(
        {.node = id_, .file = {}}, metadata_thread_, world_.dice.random(),
        [&](consensus::StateMachine& machine) {
            machine_ = &machine;
            return consensus::open_raft_log(options, *this,
                                            {.files = *seen_files_,
                                             .executor = metadata_thread_,
                                             .clock = clock_,
                                             .random = world_.dice.random(),
                                             .transport = &metadata_peers_,
                                             .run_after = [this](auto delay_ms, auto task) {
                                                 return metadata_thread_.run_after(delay_ms, std::move(task));
                                             }});
        });
    if (opened)
        controller_ = std::move(*opened);
    else if (!is_dead() && opened.error().code != Errc::no_space)
        world_.fail(fmt::format("node {} has no catalogue: {}", id_.value, opened.error().message));
    return opened.has_value();
}

void SimulatedBroker::open_membership() {
    cluster::MembershipOptions options{
        .cluster_id = Uuid::from_random(1, 2),
        .node = id_,
        .incarnation = store_->id(),
        .is_clean = store_->kept_all(),
        .rack = "",
        .first_leader = {},
        .new_topic = [](const std::string& name) { return metadata::CreateTopic{.name = name}; },
        .registered =
            [this](BrokerEpoch epoch) {
                broker_epoch_ = epoch;
                replicas_->set_broker_epoch(epoch);
                tidy(*controller_->catalogue());
            },
        .may_lead = [this] { return damage_reports_->has_told_all(); },
        .ticks = ticks,
        .call_timeout_ms = call_timeout_ms};
    if (first_leader_) options.first_leader = address_of(*first_leader_);
    membership_ = std::make_unique<cluster::Membership>(std::move(options), *controller_, metadata_peers_,
                                                        metadata_thread_, clock_);
}

void SimulatedBroker::open_replicas() {
    replicas_ = std::make_unique<broker::Replicas>(
        replicas_options(id_), replication_peers_, replication_thread_, clock_,
        broker::ReplicasSeams{
            .on_advance = [this](const auto& logs) { check_replicas(logs); },
            .alter = [this](auto proposals, auto done) { alter(std::move(proposals), std::move(done)); }});
}

void SimulatedBroker::open_damage_reports() {
    damage_reports_ = std::make_unique<broker::DamageReports>(
        broker::DamageReportOptions{.tick_ms = 20, .again_ms = 300, .still_damaged_ms = 1000}, *store_,
        metadata_thread_, clock_,
        [this](broker::DamageReports::Items items, auto done) {
            world_.note("node {}: {} logs are damaged", id_.value, items.size());
            const auto leads = [this](const auto& item) {
                const auto place = partition({item.topic, item.partition});
                return place && place->is_led();
            };
            if (world_.bug.in_node != Planted::emptied_in_place || std::ranges::any_of(items, leads))
                return broker::report_damage(*membership_, {id_, broker_epoch_}, std::move(items),
                                             std::move(done));
            // Planted: no leader hears that a follower's log is about to be emptied.
            done(std::vector<Result<LeaderEpoch>>(items.size(), LeaderEpoch{0}));
        },
        [this](const log::LogKey& key, LeaderEpoch epoch) {
            world_.note("node {}: partition {} is filled again from epoch {} on", id_.value,
                        key.partition.value, epoch.value);
            replicas_->refill(key, epoch);
        },
        [](const log::LogKey& key) { return fmt::format("partition {}", key.partition.value); });
}

void SimulatedBroker::end() {
    ++life_;
    metadata_thread_.end();
    replication_thread_.end();
    files_.stop_at(0);
    waiting_.clear();
    damage_reports_.reset();
    membership_.reset();
    local_topics_.reset();
    replicas_.reset();
    controller_.reset();
    for (const auto& topic : topics_.all()) topics_.remove(topic->id());
    store_.reset();
    failures_ = {};
    checked_.clear();
    known_producers_.clear();
    broker_epoch_ = BrokerEpoch{-1};
    has_tidied_ = is_usable_ = commit_due_ = false;
    sync_us_ = 1000;
}

void SimulatedBroker::crash(test::Crash kind) {
    ++world_.crashes;
    world_.note("node {}: {}", id_.value, kind == test::Crash::kill ? "killed" : "power cut");
    end();
    files_.crash(kind);
    for (const auto& other : world_.nodes) {
        world_.network.tear_all(id_, other->id());
        other->metadata_peers().on_end_of(id_);
    }
}

void SimulatedBroker::crash_soon() {
    files_.stop_at(files_.steps() + static_cast<std::uint64_t>(world_.dice.between(0, 12)));
}

void SimulatedBroker::end_here() {
    is_doomed_ = true;
    files_.stop_at(files_.steps());
}

void SimulatedBroker::retire() {
    is_retired_ = true;
    if (is_up()) crash(test::Crash::kill);
}

void SimulatedBroker::join_by(NodeId leader) {
    first_leader_ = leader;
    if (is_up()) crash(test::Crash::kill);
    start();
}

void SimulatedBroker::restart_later() {
    const auto delay_us =
        world_.dice.one_in(2) ? world_.dice.between(100, 5'000) : world_.dice.between(5'000, 800'000);
    world_.loop.after(delay_us, [this, life = life_] {
        if (life == life_) start();
    });
}

void SimulatedBroker::after_task() {
    if (!is_up()) return;
    if (!is_dead()) return commit_soon();
    crash(world_.dice.one_in(2) ? test::Crash::kill : test::Crash::power_cut);
    restart_later();
}

void SimulatedBroker::set_slow_disk(bool is_slow) {
    sync_us_ = is_slow ? world_.dice.between(2'000, 300'000) : 1000;
    metadata_thread_.set_slow(is_slow);
}

void SimulatedBroker::set_disk_full(bool is_full) {
    if (!is_full) return files_.set_capacity(UINT64_MAX);
    std::uint64_t used = 0;
    for (const auto& path : files_.paths()) used += files_.file_size(path).value();
    files_.set_capacity(used + static_cast<std::uint64_t>(world_.dice.between(0, 8000)));
}

void SimulatedBroker::checkpoint() {
    if (!is_up()) return;
    if (world_.dice.one_in(4)) store_->maintain();
    (void)store_->checkpoint_once();
    after_task();
}

void SimulatedBroker::checkpoint_again() {
    world_.loop.after(world_.dice.between(50'000, 400'000), [this, life = life_] {
        if (life != life_) return;
        checkpoint();
        if (life == life_) checkpoint_again();
    });
}

void SimulatedBroker::call(std::function<void()> what) {
    if (is_up()) metadata_thread_.post(std::move(what));
}

void SimulatedBroker::take_message(NodeId from, Bytes message) {
    if (world_.bug.in_files == PlantedBug::early_say && is_recovering()) vote_early(from, message);
    metadata_thread_.post([this, from, message = std::move(message)] {
        const auto taken = log().receive(from, message);
        if (!is_dead()) world_.history.check(taken.has_value(), taken ? "" : taken.error().message);
    });
}

void SimulatedBroker::take_call(int channel, NodeId from, rpc::Method method, Bytes body,
                                const TakenCall& answer) {
    if (method == cluster::alter_partitions_method && world_.bug.in_node == Planted::stale_proposals)
        return take_late(from, std::move(body), answer);
    executor(channel).post([this, channel, from, method, body = std::move(body), answer] {
        if (channel == replication_channel) return replicas_->serve(from, body, answer);
        handle(from, method, body, answer);
    });
}

void SimulatedBroker::handle(NodeId from, rpc::Method method, const Bytes& body, const TakenCall& answer) {
    membership_->handle(method, from, body, [answer](const Result<Bytes>& reply) {
        if (!reply) return answer(reply.error());
        answer(replication::OutgoingReply{*reply, {}});
    });
}

// Of a planted bug: a proposal that was long under way counts as one of the epochs in which it comes.
void SimulatedBroker::take_late(NodeId from, Bytes body, const TakenCall& answer) {
    constexpr std::int64_t longest_delay_us = 3'000'000;
    const auto delay_us = world_.dice.between(0, longest_delay_us);
    world_.loop.after(delay_us, [this, life = life_, from, body = std::move(body), answer] {
        if (life != life_) return;
        metadata_thread_.post([this, from, body, answer] {
            handle(from, cluster::alter_partitions_method, with_new_epochs(body), answer);
        });
    });
}

void SimulatedBroker::follow(const metadata::Published& published) {
    if (is_dead()) return;
    for (const auto& change : published.changes.topics) {
        if (change.after)
            put(change.after);
        else
            (void)local_topics_->remove(*change.before);
    }
    if (published.changes.nodes) tidy(*published.now);
    if (!published.changes.broker_settings) return;
    published.now->for_each_topic([this](const metadata::TopicPtr& info) { put(info); });
}

void SimulatedBroker::put(const metadata::TopicPtr& info) {
    const auto put = local_topics_->put(info, *controller_->catalogue());
    if (!put.outcome) {
        world_.note("node {}: {}: {}", id_.value, info->name, put.outcome.error().message);
        put_again_later();
    }
    for (const auto& partition : put.now->partitions) {
        const auto& now = *info->partition(partition->id);
        const auto log = partition->log();
        world_.note(
            "node {}: {} partition {}: epoch {} leader {}, in sync {}, eligible {} of {}, new {}; log [{}, "
            "{}) readable {} last epoch {}",
            id_.value, info->name, partition->id.value, now.leader_epoch.value, now.leader.value,
            ids(now.in_sync), ids(now.eligible), ids(now.replicas), ids(now.adding),
            log ? log->log_start().value : -1, log ? log->durable_end().value : -1,
            log ? log->readable_end().value : -1, log ? log->last_epoch().value : -1);
    }
    if (is_dead()) return;
    if (world_.bug.in_node == Planted::counted_history && !has_tidied_) count_history(*put.now);
    take_office(put.before.get(), *put.now);
    if (world_.bug.in_node != Planted::ignored_minimum) return;
    for (const auto& partition : put.now->partitions) {
        if (!partition->log() || !partition->state.is_replicated) continue;
        auto registration = broker::registration_of(id_, partition->id, *info, *controller_->catalogue());
        registration.min_in_sync = 1;
        replicas_->put({info->id, partition->id}, partition->log(), registration);
    }
}

// Planted: as if the last entries before the start were the last ones of all.
void SimulatedBroker::count_history(const broker::Topic& topic) {
    for (const auto& partition : topic.partitions) {
        if (const auto log = partition->log()) log->limit_readers(log->durable_end());
    }
}

// As NodeBroker does.
void SimulatedBroker::put_again_later() {
    world_.loop.after(50'000, [this, life = life_] {
        if (life != life_ || !is_up() || is_dead()) return;
        for (const auto& id : std::set<Uuid>{local_topics_->failed()})
            if (const auto info = catalogue()->find_shared(id)) put(info);
        after_task();
    });
}

// A leader that is the newest one must have all that was acknowledged before it.
void SimulatedBroker::take_office(const broker::Topic* before, const broker::Topic& now) {
    if (is_harmed_) return;  // it serves nobody yet, and is about to leave all in-sync sets
    for (const auto& partition : now.partitions) {
        const auto was = before == nullptr ? nullptr : before->partition(partition->id);
        if (!partition->is_led() || !partition->log()) continue;
        if (was && was->is_led() && was->leader_epoch() == partition->leader_epoch()) continue;
        const auto* topic = world_.newest() ? world_.newest()->find(now.id()) : nullptr;
        const auto* newest = topic == nullptr ? nullptr : topic->partition(partition->id);
        if (newest == nullptr || newest->leader_epoch > partition->leader_epoch()) continue;
        if (is_readable(*partition->log(), partition->log()->log_start()))
            world_.checker({now.id(), partition->id}).leads(*partition->log(), id_.value);
    }
}

// As NodeBroker::follow_node.
void SimulatedBroker::tidy(const metadata::Catalogue& catalogue) {
    const auto self = catalogue.nodes().find(id_);
    const bool is_known =
        self != catalogue.nodes().end() && membership_->is_registered(self->second.broker_epoch);
    if (!is_known) return;
    if (!self->second.is_fenced) is_usable_ = true;
    is_harmed_ = false;
    if (std::exchange(has_tidied_, true)) return;
    if (!local_topics_->remove_orphans(catalogue)) put_again_later();
    damage_reports_->start();
}

void SimulatedBroker::alter(broker::ReplicasSeams::Proposals proposals,
                            std::function<void(broker::ReplicasSeams::Outcomes)> done) {
    if (world_.bug.in_node == Planted::unsaved_in_sync && count_unsaved(proposals))
        return done(broker::ReplicasSeams::Outcomes(proposals.size(), replication::AlterOutcome::committed));
    broker::propose(*membership_, {id_, broker_epoch_}, std::move(proposals), std::move(done));
}

// Planted: smaller sets count at once, and are not sent. Whether there is one.
bool SimulatedBroker::count_unsaved(const broker::ReplicasSeams::Proposals& proposals) {
    const auto catalogue = controller_->catalogue();
    bool is_any = false;
    for (const auto& item : proposals) {
        const auto* topic = catalogue->find(item.topic);
        const auto log = partition_log({item.topic, item.partition});
        if (topic == nullptr || !log) continue;
        auto registration = broker::registration_of(id_, item.partition, *topic, *catalogue);
        if (registration.in_sync.size() <= item.in_sync.size()) continue;
        is_any = true;
        registration.in_sync.clear();
        for (const auto& member : item.in_sync)
            registration.in_sync.push_back({member.node, member.broker_epoch});
        registration.partition_epoch = PartitionEpoch{item.partition_epoch.value + 1};
        replicas_->put({item.topic, item.partition}, log, registration);
    }
    return is_any;
}

// Planted: whatever epochs a proposal names, they are taken to be today's.
Bytes SimulatedBroker::with_new_epochs(Bytes body) {
    auto request = cluster::decode_alter_partitions(body);
    if (!request || !is_up()) return body;
    const auto catalogue = controller_->catalogue();
    const auto start_now = [&](metadata::NodeStart& start) {
        if (const auto* node = catalogue->node(start.node)) start.broker_epoch = node->broker_epoch;
    };
    start_now(request->leader);
    for (auto& item : request->items) {
        const auto* topic = catalogue->find(item.topic);
        const auto* now = topic == nullptr ? nullptr : topic->partition(item.partition);
        if (now == nullptr) continue;
        item.leader_epoch = now->leader_epoch;
        item.partition_epoch = now->partition_epoch;
        for (auto& member : item.in_sync) start_now(member);
    }
    return cluster::encode(*request);
}

// Of what the catalogue really holds.
std::uint64_t SimulatedBroker::digest() {
    const auto all = machine_->snapshot();
    return (std::uint64_t{all.size()} << 32) | crc32c(all);
}

Result<void> SimulatedBroker::apply(consensus::LogPosition at, ByteView command) {
    auto applied = machine_->apply(at, command);
    if (is_dead()) return applied;
    if (const auto commands = metadata::decode_entry(command); commands && at.index > world_.newest_at())
        world_.note("entry {} of {} commands", at.index, commands->size());
    world_.history.check(applied.has_value(), fmt::format("node {} can't apply entry {}: {}", id_.value,
                                                          at.index, applied ? "" : applied.error().message));
    world_.history.applied(id_, at, std::string{as_text(command)}, digest());
    if (controller_) world_.note_newest(at.index, controller_->catalogue());
    return {};
}

Result<void> SimulatedBroker::restore(consensus::LogPosition at, ByteView snapshot) {
    if (controller_) ++world_.installs;
    if (controller_ && world_.bug.in_node == Planted::lost_install) return {};
    auto restored = machine_->restore(at, snapshot);
    if (!is_dead() && restored) world_.history.restored(id_, at, digest());
    return restored;
}

void SimulatedBroker::on_leadership(const consensus::Leadership& now) {
    machine_->on_leadership(now);
    if (!is_dead() && now.leader == id_) world_.history.leads(id_, now.term);
}

}  // namespace weir::simulation
