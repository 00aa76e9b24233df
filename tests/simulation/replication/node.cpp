// What a broker does with one partition, driven by events.
#include "simulation/replication/node.hpp"

#include "log/batch_format.hpp"
#include "support/batch_builder.hpp"

namespace weir::simulation {

namespace {

constexpr std::int64_t lag_ms = 300;
constexpr std::int64_t fetch_timeout_ms = 250;
constexpr std::size_t fetch_bytes = 2000;

}  // namespace

log::LogKey simulated_key() {
    return {Uuid::from_random(7, 7), PartitionId{0}};
}

Node::Node(Cluster& cluster, int number, std::uint64_t seed)
    : cluster_(cluster), number_(number), files_(seed * 7 + static_cast<std::uint64_t>(number)) {
    cluster_.nodes[static_cast<std::size_t>(number)] = this;
}

Node::~Node() {
    files_.stop_at(0);
    replica_.reset();
    store_.reset();
}

template <class Do>
std::function<void()> Node::if_alive(Do what) {
    return [this, life = life_, what = std::move(what)]() mutable {
        if (life == life_ && is_up()) what();
    };
}

template <class Do>
void Node::every_us(std::int64_t us, Do what) {
    cluster_.world.after_us(us, if_alive([this, us, what] {
                                what();
                                if (is_up()) every_us(us, what);
                            }));
}

bool Node::open() {
    log::StoreOptions options{.directory = "data",
                              .journal_file_bytes = 64 * 1024,
                              .checkpoint_bytes = 256 * 1024,
                              .reserve_bytes = 4096,
                              .max_open_files = 8,
                              .own_threads = false};
    auto opened = log::LogStore::open(options, files_, cluster_.world, *this);
    if (!opened) {
        cluster_.checker.fail(fmt::format("node {} does not start: {}", number_, opened.error().message));
        return false;
    }
    store_ = std::move(*opened);
    return true;
}

void Node::start() {
    if (is_up() || !open()) return;
    log::LogConfig config;
    config.segment_bytes = 4000;
    config.retention_ms = -1;
    config.durability = cluster_.durability;
    auto opened = store_->open_log(simulated_key(), "topic", config);
    // As the housekeeping does: from here on, reading writes nothing, and so ends no process half-way.
    (void)content(**opened, (*opened)->log_start(), (*opened)->durable_end());
    replica_.emplace(NodeId{number_}, *opened, replication::LeaderOptions{lag_ms, 50});
    every_us(20'000, [this] { enlist(); });
    every_us(80'000, [this] { heartbeat(); });
    every_us(3'000, [this] { fetch(); });
    every_us(30'000, [this] { propose(); });
    enlist();
}

void Node::crash(test::Crash kind) {
    if (!is_up()) return;
    cluster_.world.note("node {}: {}", number_, kind == test::Crash::kill ? "killed" : "power cut");
    ++life_;
    files_.stop_at(0);
    replica_.reset();
    store_.reset();
    files_.crash(kind);
    waiting_.clear();
    registered_ = commit_due_ = false;
    checked_ = Offset{0};
    fetch_until_ms_ = 0;
}

// Until the controller has answered, the node takes part in nothing.
void Node::enlist() {
    if (registered_) return;
    cluster_.network.send(number_, controller_place, if_alive([this] {
                              if (registered_) return;
                              const auto broker_epoch = cluster_.controller.register_node(number_, life_);
                              const auto registration = cluster_.controller.registration();
                              cluster_.network.send(controller_place, number_,
                                                    if_alive([this, broker_epoch, registration] {
                                                        if (broker_epoch < broker_epoch_) return;
                                                        broker_epoch_ = broker_epoch;
                                                        registered_ = true;
                                                        hear(registration);
                                                    }));
                          }));
}

void Node::heartbeat() {
    if (!registered_) return;
    cluster_.network.send(
        number_, controller_place, if_alive([this] {
            cluster_.controller.heartbeat(number_, broker_epoch_);
            cluster_.network.send(
                controller_place, number_,
                if_alive([this, news = cluster_.controller.registration()] { hear(news); }));
        }));
}

void Node::hear(const PartitionRegistration& registration) {
    if (!registered_) return;
    auto seen = registration;
    if (cluster_.planted == Planted::ignore_min_in_sync) seen.min_in_sync = 1;
    const auto watermark = replica_->high_watermark();
    const bool changed = replica_->apply(seen, cluster_.world.now_ms());
    if (changed) {
        const auto& log = replica_->log();
        cluster_.world.note("node {}: epoch {} leader {} watermark {} durable {} end {}", number_,
                            replica_->epoch().value, replica_->leader().value,
                            replica_->high_watermark().value, log.durable_end().value, log.end().value);
    }
    if (changed && replica_->is_leader()) take_office();
    if (changed && !replica_->is_leader() && cluster_.planted == Planted::truncate_to_high_watermark) {
        (void)replica_->log().truncate_to(std::min(watermark, replica_->log().end()));
        commit_soon();
    }
    after_progress();
}

void Node::take_office() {
    if (is_current() && replica_->epoch() == cluster_.controller.registration().leader_epoch) {
        cluster_.checker.leads(replica_->log(), number_);
    }
}

void Node::commit_soon() {
    if (std::exchange(commit_due_, true)) return;
    const auto delay_us =
        sync_us_ / 2 + static_cast<std::int64_t>(cluster_.world.pick(static_cast<std::uint64_t>(sync_us_)));
    cluster_.world.after_us(delay_us, if_alive([this] {
                                commit_due_ = false;
                                store_->commit_once();
                                if (!files_.stopped()) return after_progress();
                                crash(cluster_.durability == log::Durability::journal ? test::Crash::power_cut
                                                                                      : test::Crash::kill);
                            }));
}

void Node::on_commit(const log::Commit& commit) {
    if (files_.stopped() || !replica_) return;  // nobody hears it
    (void)replica_->on_commit(commit.ticket, cluster_.world.now_ms());
    if (replica_->is_leader()) take_office();
}

void Node::after_progress() {
    if (!is_up() || files_.stopped()) return;
    if (const auto watermark = replica_->high_watermark(); registered_ && watermark != checked_) {
        cluster_.checker.replica(replica_->log(), std::min(checked_, watermark), watermark, number_);
        checked_ = watermark;
    }
    answer_clients();
}

void Node::answer_clients() {
    while (!waiting_.empty()) {
        const auto& first = waiting_.front();
        const auto& leader = replica_->leader_state();
        const bool leads = leader && leader->epoch() == first.epoch;
        if (leads && !leader->is_acknowledged(first.next) && cluster_.planted != Planted::ack_at_once) return;
        if (leads) {
            cluster_.world.note("node {}: acknowledges up to {}", number_, first.next.value);
            cluster_.checker.acknowledged(first.batch.bytes);
            const auto now = cluster_.controller.registration().leader.value;
            auto* office = now < 0 ? nullptr : cluster_.nodes[static_cast<std::size_t>(now)];
            if (office != nullptr && office->is_current() && office->replica()->is_leader() &&
                office->replica()->epoch() == cluster_.controller.registration().leader_epoch) {
                cluster_.checker.holds(office->replica()->log(), first.batch.bytes, now);
            }
        }
        waiting_.pop_front();
    }
}

void Node::produce(Bytes bytes) {
    if (!is_registered()) return;
    auto batch = test::shared(std::move(bytes));
    const auto appended = replica_->append(batch, true, cluster_.world.wall_ms());
    if (!appended) return;
    cluster_.checker.led(replica_->epoch(), number_);
    const auto next = log::BatchView{batch.bytes.data()}.next_offset();
    waiting_.push_back({next, replica_->epoch(), batch});
    commit_soon();
    if (cluster_.planted == Planted::ack_at_once) answer_clients();
}

void Node::consume() {
    if (!is_registered() || !replica_->is_leader()) return;
    auto shown = replica_->leader_state()->client_high_watermark();
    if (cluster_.planted == Planted::watermark_at_election) shown = replica_->high_watermark();
    if (!shown) return;
    cluster_.checker.shown(replica_->epoch(), *shown);
    auto& log = replica_->log();
    if (cluster_.consumed >= log.readable_end()) return;
    cluster_.checker.committed(content(log, cluster_.consumed, log.readable_end()).value_or(Bytes{}),
                               fmt::format("the leader, node {}", number_));
    cluster_.consumed = log.readable_end();
}

void Node::checkpoint() {
    if (is_up()) (void)store_->checkpoint_once();
}

void Node::fetch() {
    if (!registered_ || cluster_.world.now_ms() < fetch_until_ms_) return;
    if (cluster_.planted == Planted::count_unsynced && replica_->leader() != NodeId{number_}) {
        auto& log = replica_->log();
        if (log.end() != log.durable_end() && replica_->leader() != replication::no_node) {
            return send_fetch({simulated_key(), replica_->epoch(), log.end(), no_epoch, log.log_start()});
        }
    }
    if (auto fetch = replica_->next_fetch()) send_fetch(*fetch);
}

void Node::send_fetch(replication::FetchedPartition fetch) {
    if (cluster_.planted == Planted::no_truncation) fetch.last_fetched_epoch = no_epoch;
    fetch_until_ms_ = cluster_.world.now_ms() + fetch_timeout_ms;
    const auto to = replica_->leader().value;
    const auto message = encode(replication::ReplicaFetchRequest{
        .node = NodeId{number_}, .broker_epoch = broker_epoch_, .partitions = {fetch}});
    cluster_.network.send(number_, to, [this, to, message, life = life_] {
        const auto request = replication::decode_fetch_request(message);
        auto& leader = *cluster_.nodes[static_cast<std::size_t>(to)];
        if (leader.is_registered())
            leader.serve(number_, request->broker_epoch, life, request->partitions[0]);
    });
}

// `life`: of the follower, whose connection the answer goes back on.
void Node::serve(int from, BrokerEpoch broker_epoch, std::uint64_t life,
                 replication::FetchedPartition fetch) {
    const auto asked = fetch;
    if (cluster_.planted == Planted::old_incarnation) {
        broker_epoch = cluster_.controller.broker_epoch(from);
    }
    auto answer = replica_->answer(NodeId{from}, broker_epoch, fetch, fetch_bytes, cluster_.world.now_ms());
    auto message = encode(replication::ReplicaFetchReply{.partitions = {answer.reply}});
    for (const auto& range : answer.ranges) {
        const auto at = message.size();
        message.resize(at + range.size);
        (void)range.file->read(range.position, ByteSpan{message}.subspan(at));
    }
    auto& follower = *cluster_.nodes[static_cast<std::size_t>(from)];
    cluster_.network.send(number_, from, [&follower, asked, message, life] {
        if (follower.life_ == life && follower.is_registered()) follower.take_reply(asked, message);
    });
    after_progress();
}

void Node::take_reply(const replication::FetchedPartition& asked, const Bytes& message) {
    const auto decoded = replication::decode_fetch_reply(test::shared(message));
    auto reply = decoded->partitions.front();
    auto mine = asked;
    if (cluster_.planted == Planted::no_truncation) mine.last_fetched_epoch = replica_->log().last_epoch();
    const auto step = replica_->on_reply(mine, reply, cluster_.world.wall_ms());
    fetch_until_ms_ = 0;
    if (!step) return;
    if (step->kind != replication::FollowerStep::Kind::ignore) {
        cluster_.world.note("node {}: fetched at {} (epoch {}) from {}: {} at {}, {} bytes, watermark {}",
                            number_, asked.fetch_offset.value, asked.last_fetched_epoch.value,
                            replica_->leader().value, static_cast<int>(step->kind), step->offset.value,
                            reply.batch_bytes, reply.high_watermark.value);
    }
    if (step->cuts_committed) {
        cluster_.checker.fail(
            fmt::format("node {} is told to cut committed records at {}", number_, step->offset.value));
    }
    if (step->kind != replication::FollowerStep::Kind::ignore) commit_soon();
    after_progress();
}

void Node::propose() {
    if (!registered_) return;
    const auto proposal = replica_->propose(cluster_.world.now_ms());
    if (!proposal) return;
    send_proposal(*proposal);
    if (cluster_.planted == Planted::shrink_early) spread_early(*proposal);
    if (cluster_.planted == Planted::expand_late) {
        (void)replica_->on_outcome(*proposal, AlterOutcome::refused, cluster_.world.now_ms());
    }
    after_progress();
}

// Planted: as if the controller had committed it.
void Node::spread_early(const AlterInSync& proposal) {
    auto early = replica_->leader_state()->registration();
    early.in_sync = proposal.in_sync;
    ++early.partition_epoch.value;
    (void)replica_->apply(early, cluster_.world.now_ms());
}

void Node::send_proposal(const AlterInSync& proposal) {
    const auto outcome = std::make_shared<AlterOutcome>(AlterOutcome::unknown);
    cluster_.network.send(number_, controller_place, [this, proposal, outcome, life = life_] {
        const auto decided = cluster_.controller.alter(number_, proposal);
        cluster_.network.send(controller_place, number_,
                              [this, decided, outcome, life, news = cluster_.controller.registration()] {
                                  if (life != life_ || !is_up()) return;
                                  *outcome = decided;
                                  hear(news);
                              });
    });
    cluster_.world.after_us(200'000, if_alive([this, proposal, outcome] {
                                (void)replica_->on_outcome(proposal, *outcome, cluster_.world.now_ms());
                                after_progress();
                            }));
}

}  // namespace weir::simulation
