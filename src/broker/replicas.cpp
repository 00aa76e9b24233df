// Events from the log, the catalogue and the network, one at a time on the replicas' reactor.
#include "broker/replicas.hpp"

#include "base/log_line.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t patience_ms = 5000;   // beyond how long a leader may hold a fetch
constexpr std::size_t max_proposals = 5000;  // in one request

replication::AlterOutcome outcome_of(const std::optional<Errc>& error) {
    using replication::AlterOutcome;
    if (!error) return AlterOutcome::committed;
    switch (*error) {
        case Errc::not_leader:
        case Errc::fenced_leader_epoch:
        case Errc::unknown_topic_id:
        case Errc::not_found: return AlterOutcome::fenced;
        default: return AlterOutcome::refused;
    }
}

}  // namespace

Replicas::Replicas(ReplicasOptions options, cluster::Peers& peers, runtime::TimedExecutor& executor,
                   Clock& clock, ReplicasSeams seams)
    : options_(options),
      executor_(executor),
      clock_(clock),
      seams_(std::move(seams)),
      peers_(peers),
      server_([this](const log::LogKey& key) { return find(key); },
              [this](const log::LogKey& key) { advanced(key); }, clock, options.server) {
    options_.fetcher.throttle = &fetch_throttle_;
}

void Replicas::add_methods(rpc::Methods& methods) {
    methods.on_request(replica_fetch, [this](const std::shared_ptr<rpc::Request>& request) {
        serve(request->from(), request->body(), [request](auto reply) {
            reply ? request->reply(std::move(reply->head), std::move(reply->batches))
                  : request->fail(reply.error());
        });
    });
}

void Replicas::serve(NodeId from, ByteView request, replication::FetchServer::Answer answer) {
    if (stopped_) return answer(Error{Errc::shutting_down, "this node is stopping"});
    server_.serve(from, request, std::move(answer));
    tell_advanced();
}

void Replicas::start() {
    executor_.post([this] { tick(); });
}

void Replicas::put(const log::LogKey& key, std::shared_ptr<log::PartitionLog> log,
                   replication::PartitionRegistration registration) {
    executor_.post([this, key, log = std::move(log), registration = std::move(registration)] {
        if (!stopped_) apply(key, log, registration);
    });
}

void Replicas::apply(const log::LogKey& key, const std::shared_ptr<log::PartitionLog>& log,
                     const replication::PartitionRegistration& registration) {
    auto& entry = entries_[key];
    if (entry && entry->log != log) {
        leave(key, *entry);
        entry.reset();
    }
    if (!entry) entry = std::make_unique<Entry>(options_.node, log, options_.leader);
    const bool is_new_role = entry->replica.apply(registration, clock_.monotonic_ms());
    follow(key, *entry);
    if (is_new_role) {
        if (const auto fetcher = fetchers_.find(entry->followed); fetcher != fetchers_.end())
            fetcher->second->on_change(key);
    }
    server_.on_change({&key, 1});
    advanced(key);
    tell_advanced();
    poll();
}

// Into the hands of the fetcher from the present leader.
void Replicas::follow(const log::LogKey& key, Entry& entry) {
    const auto leader = entry.replica.is_leader() || entry.replica.leader() == options_.node
                            ? replication::no_node
                            : entry.replica.leader();
    if (leader == entry.followed) return;
    leave(key, entry);
    if (leader == replication::no_node || broker_epoch_.value < 0) return;
    replication::Transport& transport = *this;
    auto& fetcher = fetchers_[leader];
    if (!fetcher) {
        fetcher = std::make_unique<replication::ReplicaFetcher>(options_.node, broker_epoch_, leader,
                                                                transport, clock_, options_.fetcher);
    }
    fetcher->add(key, entry.replica);
    entry.followed = leader;
}

void Replicas::leave(const log::LogKey& key, Entry& entry) {
    if (const auto fetcher = fetchers_.find(entry.followed); fetcher != fetchers_.end())
        fetcher->second->remove(key);
    entry.followed = replication::no_node;
}

void Replicas::remove(const log::LogKey& key) {
    executor_.post([this, key] {
        const auto found = entries_.find(key);
        if (found == entries_.end()) return;
        leave(key, *found->second);
        entries_.erase(found);
        server_.on_change({&key, 1});
        tell_advanced();
    });
}

void Replicas::refill(const log::LogKey& key, LeaderEpoch epoch) {
    executor_.post([this, key, epoch] {
        const auto found = entries_.find(key);
        if (stopped_ || found == entries_.end()) return;
        found->second->replica.refill_from(epoch);
        poll();
    });
}

void Replicas::set_broker_epoch(BrokerEpoch epoch) {
    executor_.post([this, epoch] {
        if (epoch == broker_epoch_) return;
        broker_epoch_ = epoch;
        for (auto& [key, entry] : entries_) leave(key, *entry);
        fetchers_.clear();
        for (auto& [key, entry] : entries_) follow(key, *entry);
        poll();
    });
}

void Replicas::set_rates(const ReplicationRates& rates) {
    executor_.post([this, rates] {
        const auto now_ms = clock_.monotonic_ms();
        server_.throttle().set_rate(rates.as_leader, now_ms);
        fetch_throttle_.set_rate(rates.as_follower, now_ms);
    });
}

void Replicas::set_addresses(std::shared_ptr<const metadata::Catalogue> catalogue) {
    executor_.post([this, catalogue = std::move(catalogue)] { peers_.set_addresses(catalogue->nodes()); });
}

void Replicas::on_commit(const log::Commit& commit) {
    std::vector<log::LogKey> keys;
    for (const auto& log : commit.advanced) {
        if (log->is_limited()) keys.push_back(log->key());
    }
    for (const auto& failed : commit.failed) {
        if (failed.log->is_limited()) keys.push_back(failed.log->key());
    }
    if (keys.empty()) return;
    executor_.post([this, ticket = commit.ticket, keys = std::move(keys)] { note_commit(ticket, keys); });
}

void Replicas::note_commit(log::Ticket ticket, const std::vector<log::LogKey>& keys) {
    if (stopped_) return;
    for (const auto& key : keys) {
        auto* replica = find(key);
        if (replica != nullptr && replica->on_commit(ticket, clock_.monotonic_ms())) advanced(key);
    }
    server_.on_change(keys);
    tell_advanced();
    poll();
}

replication::Replica* Replicas::find(const log::LogKey& key) {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second->replica;
}

void Replicas::advanced(const log::LogKey& key) {
    const auto found = entries_.find(key);
    if (found != entries_.end()) advanced_.push_back(found->second->log);
}

void Replicas::tell_advanced() {
    if (!advanced_.empty()) seams_.on_advance(std::exchange(advanced_, {}));
}

void Replicas::poll() {
    for (const auto& [leader, fetcher] : fetchers_) fetcher->poll();
}

void Replicas::tick() {
    if (stopped_) return;
    timer_ = executor_.run_after(options_.tick_ms, [this] { tick(); });
    server_.tick();
    tell_advanced();
    propose();
    poll();
}

void Replicas::propose() {
    ReplicasSeams::Proposals proposals;
    std::vector<std::pair<log::LogKey, replication::AlterInSync>> asked;
    const auto now_ms = clock_.monotonic_ms();
    for (auto& [key, entry] : entries_) {
        if (proposals.size() >= max_proposals) break;  // the others are proposed with the next tick
        auto proposal = entry->replica.propose(now_ms);
        if (!proposal) continue;
        auto& item = proposals.emplace_back();
        item.topic = key.topic_id;
        item.partition = key.partition;
        item.leader_epoch = proposal->leader_epoch;
        item.partition_epoch = proposal->partition_epoch;
        for (const auto& member : proposal->in_sync)
            item.in_sync.push_back({member.node, member.broker_epoch});
        asked.emplace_back(key, std::move(*proposal));
    }
    if (asked.empty()) return;
    seams_.alter(std::move(proposals), [this, asked = std::move(asked)](ReplicasSeams::Outcomes outcomes) {
        executor_.post([this, asked, outcomes = std::move(outcomes)] { on_outcomes(asked, outcomes); });
    });
}

void Replicas::on_outcomes(const std::vector<std::pair<log::LogKey, replication::AlterInSync>>& asked,
                           const ReplicasSeams::Outcomes& outcomes) {
    if (stopped_) return;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto* replica = find(asked[i].first);
        if (replica == nullptr) continue;
        const auto outcome = i < outcomes.size() ? outcomes[i] : replication::AlterOutcome::unknown;
        if (!replica->on_outcome(asked[i].second, outcome, clock_.monotonic_ms())) continue;
        advanced(asked[i].first);
        server_.on_change({&asked[i].first, 1});
    }
    tell_advanced();
}

void Replicas::fetch(NodeId node, Bytes request, std::int32_t max_wait_ms, Answer answer) {
    peers_.call(node, replica_fetch, std::move(request), max_wait_ms + patience_ms,
                [answer = std::move(answer)](const Result<std::shared_ptr<rpc::Frame>>& frame) {
                    if (!frame) return answer(frame.error());
                    answer(log::SharedSpan{*frame, (*frame)->mutable_body()});
                });
}

// On the reactor, before its thread ends.
void Replicas::stop() {
    executor_.post([this] {
        stopped_ = true;
        timer_.reset();
        fetchers_.clear();
        peers_.stop();
    });
}

// What the controller made of each proposal.
void propose(cluster::Membership& membership, metadata::NodeStart self, ReplicasSeams::Proposals proposals,
             std::function<void(ReplicasSeams::Outcomes)> done) {
    const metadata::AlterPartitions request{.leader = self, .items = std::move(proposals)};
    membership.ask_leader(cluster::alter_partitions_method, cluster::encode(request),
                          [done = std::move(done)](const Result<Bytes>& answer) {
                              ReplicasSeams::Outcomes outcomes;
                              const auto decoded =
                                  answer ? cluster::decode_outcomes(*answer)
                                         : Result<std::vector<std::optional<Errc>>>{answer.error()};
                              if (!decoded) return done(outcomes);
                              for (const auto& error : *decoded) outcomes.push_back(outcome_of(error));
                              done(outcomes);
                          });
}

replication::PartitionRegistration registration_of(NodeId self, PartitionId number,
                                                   const metadata::Topic& topic,
                                                   const metadata::Catalogue& catalogue) {
    const auto& partition = *topic.partition(number);
    replication::PartitionRegistration registration{
        .leader = partition.leader,
        .leader_epoch = partition.leader_epoch,
        .partition_epoch = partition.partition_epoch,
        .replicas = {partition.replicas.begin(), partition.replicas.end()},
        .in_sync = {},
        .min_in_sync = static_cast<std::int32_t>(
            metadata::min_in_sync(partition, topic.settings->cluster_min_insync_replicas)),
        .is_recovering = partition.recovery == metadata::LeaderRecovery::recovering,
        .is_throttled = is_throttled(topic, number, self)};
    for (const auto member : partition.in_sync) {
        const auto node = catalogue.nodes().find(member);
        if (node == catalogue.nodes().end()) continue;
        registration.in_sync.push_back({member, node->second.broker_epoch});
    }
    return registration;
}

}  // namespace weir::broker
