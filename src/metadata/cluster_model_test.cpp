// A cluster of which nodes, leaders and operators ask at random, thousands of times: what holds of the
// catalogue after every entry, and that whoever is elected has all that was committed.
#include <set>

#include "metadata/placement.hpp"
#include "support/cluster_catalogue.hpp"

namespace weir::metadata {
namespace {

using Place = std::pair<Uuid, PartitionId>;

// What the partitions' logs would hold, in numbers: how much is committed, and how much of it each node has.
struct Log {
    std::int64_t committed = 0;
    std::map<NodeId, std::int64_t> has;
    bool is_doubtful = false;  // all that could lead have lost something, or the election was unclean
};

class RandomCluster {
  public:
    explicit RandomCluster(std::uint64_t seed) : random_(seed) {
        for (int i = 1; i <= node_count; ++i) {
            cluster_.join(i, std::string(1, static_cast<char>('a' + i % 3)));
            alive_.insert(i);
        }
        for (int i = 0; i < 6; ++i) create_topic();
    }

    void step() {
        before_ = cluster_.now;
        switch (below(20)) {
            case 0: lose_nodes(); break;
            case 1: start_node(); break;
            case 2:
            case 3: unfence_nodes(); break;
            case 4: drain(); break;
            case 5: reassign(); break;
            case 6: elect(); break;
            case 7: settings(); break;
            case 8: topics(); break;
            case 9: tick(); break;
            case 10: propose_late(); break;
            default: propose(); break;
        }
        check();
        write_records();
        if (below(100) == 0) check_snapshot();
    }

    const Catalogue& now() const { return cluster_.now; }
    std::size_t changes = 0, elections = 0, reassignments_done = 0, safe_elections = 0, eligible_seen = 0;

  private:
    static constexpr int node_count = 5;

    std::uint64_t below(std::uint64_t limit) { return random_.next() % limit; }
    int any_node() { return 1 + static_cast<int>(below(node_count)); }
    template <class Request>
    void ask(const Request& request) {
        (void)cluster_.ask(request);
    }

    // Nodes

    void lose_nodes() {
        ControllerTick tick;
        for (auto count = 1 + below(3); count > 0; --count) {
            const int id = any_node();
            alive_.erase(id);
            tick.lost.push_back(cluster_.start_of(id));
        }
        ask(tick);
    }

    // Half of the unclean starts have lost the newest records, where these lay in the page cache.
    void start_node() {
        const int id = any_node();
        const bool is_clean = !alive_.contains(id) && below(3) == 0;
        ask(RegisterNode{.node = cluster_.node(id, std::string(1, static_cast<char>('a' + id % 3))),
                         .is_clean = is_clean});
        alive_.insert(id);
        if (is_clean || below(2) == 0) return;
        for (auto& [place, log] : logs_) lose_records(place, log, NodeId{id});
    }

    void lose_records(const Place& place, Log& log, NodeId node) {
        const auto has = log.has.find(node);
        const auto* topic = cluster_.now.find(place.first);
        if (topic == nullptr || !topic->settings->is_page_cache) return;
        if (has == log.has.end() || has->second == 0) return;
        has->second -= std::min<std::int64_t>(has->second, 1 + static_cast<std::int64_t>(below(5)));
        const auto& at = *topic->partition(place.second);
        if (contains(at.eligible, node) || contains(at.in_sync, node)) log.is_doubtful = true;
    }

    void unfence_nodes() {
        ControllerTick tick;
        for (const int id : alive_) tick.back.push_back(cluster_.start_of(id));
        ask(tick);
    }

    void drain() {
        const auto kind = below(3) == 0 ? Drain::none : below(2) == 0 ? Drain::leaders : Drain::replicas;
        ask(DrainNode{NodeId{any_node()}, kind});
        if (below(2) == 0) ask(DrainNode{NodeId{any_node()}, Drain::none});
    }

    void tick() {
        ask(ControllerTick{.settle = below(2) == 0, .drain = below(2) == 0, .rebalance = below(2) == 0});
    }

    // Partitions

    TopicPtr any_topic() {
        std::vector<TopicPtr> all;
        cluster_.now.for_each_topic([&](const TopicPtr& topic) { all.push_back(topic); });
        std::ranges::sort(all, {}, [](const TopicPtr& topic) { return topic->name; });
        return all[below(all.size())];
    }
    TopicPartition any_partition() {
        const auto topic = any_topic();
        return {topic->name, PartitionId{static_cast<std::int32_t>(
                                 below(static_cast<std::uint64_t>(topic->partition_count())))}};
    }
    NodeList some_nodes() {
        NodeList out;
        for (auto count = 1 + below(4); count > 0; --count) {
            const NodeId node{any_node()};
            if (!contains(out, node)) out.push_back(node);
        }
        return out;
    }

    void reassign() {
        ReassignPartitions request;
        for (auto count = 1 + below(3); count > 0; --count) {
            auto target = below(4) == 0 ? std::nullopt : std::optional{some_nodes()};
            request.items.push_back({any_partition(), std::move(target)});
        }
        ask(request);
    }

    void elect() {
        const auto kind = below(2) == 0 ? ElectLeaders::Kind::preferred : ElectLeaders::Kind::unclean;
        ask(below(3) == 0 ? ElectLeaders{kind, std::nullopt} : ElectLeaders{kind, {{any_partition()}}});
    }

    void settings() {
        const auto topic = any_topic();
        const bool is_unclean = below(4) == 0;
        const std::string value =
            is_unclean ? below(3) == 0 ? "true" : "false" : fmt::format("{}", 1 + below(3));
        const std::string name = is_unclean ? "unclean.leader.election.enable" : "min.insync.replicas";
        if (below(3) != 0)
            return ask(AlterTopicSettings{.name = topic->name, .changes = {{.name = name, .value = value}}});
        ask(AlterBrokerSettings{.changes = {{.name = name, .value = value}}});
    }

    void create_topic() {
        CreateTopic request{.name = fmt::format("t{}", below(1000)),
                            .partitions = 1 + static_cast<std::int32_t>(below(100)),
                            .replication_factor = 1 + static_cast<std::int32_t>(below(4))};
        if (below(2) == 0) request.overrides["weir.durability"] = "page-cache";
        (void)cluster_.create(request);
    }
    void topics() {
        if (below(3) == 0) return create_topic();
        const auto topic = any_topic();
        if (below(2) == 0)
            return ask(AddPartitions{.name = topic->name, .total = topic->partition_count() + 1});
        if (cluster_.now.topic_count() > 4) ask(DeleteTopic{.name = topic->name});
    }

    // A leader shrinks and grows what is in sync, to replicas that have caught up. Some proposals are late,
    // and now and then an epoch is wrong.
    void propose() {
        const auto named = any_partition();
        const auto& at = cluster_.partition(named.topic, named.partition.value);
        if (at.leader == no_node) return;
        auto request = cluster_.proposal(named.topic, {}, named.partition.value);
        auto& item = request.items[0];
        auto& log = logs_[{item.topic, item.partition}];
        const bool is_alone = at.recovery == LeaderRecovery::recovering && below(2) == 0;
        for (const auto node : at.replicas) {
            const bool is_leader = node == at.leader;
            if (!is_leader && (is_alone || !alive_.contains(node.value) || below(4) == 0)) continue;
            item.in_sync.push_back(cluster_.start_of(node.value));
            log.has[node] = log.committed;
        }
        if (below(10) == 0) --item.partition_epoch.value;
        if (below(10) == 0) --item.leader_epoch.value;
        if (below(20) == 0) --item.in_sync.back().broker_epoch.value;
        if (below(3) != 0) return ask(request);
        late_.push_back(std::move(request));
    }

    void propose_late() {
        if (late_.empty()) return;
        const auto at = late_.begin() + static_cast<std::ptrdiff_t>(below(late_.size()));
        ask(*at);
        late_.erase(at);
    }

    // A leader that has proposed members commits nothing without them until it has the answer. False: one of
    // them is not there.
    bool add_proposed(const Place& place, const Partition& at, NodeList& needed) const {
        for (const auto& request : late_) {
            const auto& item = request.items[0];
            if (Place{item.topic, item.partition} != place || item.partition_epoch != at.partition_epoch)
                continue;
            for (const auto& [node, broker_epoch] : item.in_sync) {
                if (cluster_.now.node(node)->broker_epoch != broker_epoch) return false;
                needed.push_back(node);
            }
        }
        return true;
    }

    // Leaders commit records, as far as min.insync.replicas lets them.
    void write_records() {
        cluster_.now.for_each_topic([&](const TopicPtr& topic) {
            for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
                const auto& at = *topic->partition(PartitionId{i});
                if (at.leader == no_node) continue;
                if (at.in_sync.size() < min_in_sync(at, topic->settings->cluster_min_insync_replicas))
                    continue;
                auto needed = at.in_sync;
                if (!add_proposed({topic->id, PartitionId{i}}, at, needed)) continue;
                auto& log = logs_[{topic->id, PartitionId{i}}];
                ++log.committed;
                for (const auto node : needed) log.has[node] = log.committed;
            }
        });
    }

    // What must hold

    void check() {
        std::size_t partitions = 0;
        std::map<NodeId, std::size_t> held;
        cluster_.now.for_each_topic([&](const TopicPtr& topic) {
            partitions += topic->partitions->size();
            for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
                const auto& at = *topic->partition(PartitionId{i});
                for (const auto node : at.replicas) ++held[node];
                check_state(*topic, at);
                const auto* old_topic = before_.find(topic->id);
                const auto* old = old_topic != nullptr ? old_topic->partition(PartitionId{i}) : nullptr;
                if (old != nullptr && *old != at) check_change({topic->id, PartitionId{i}}, *old, at);
            }
        });
        ASSERT_EQ(cluster_.now.partition_count(), partitions);
        for (int i = 1; i <= node_count; ++i) {
            ASSERT_EQ(cluster_.now.replicas_of(NodeId{i}).replicas, held[NodeId{i}]);
            ASSERT_LE(before_.node(NodeId{i})->broker_epoch, cluster_.now.node(NodeId{i})->broker_epoch);
        }
    }

    void check_state(const Topic& topic, const Partition& at) {
        const auto valid = check_partition(at);
        ASSERT_TRUE(valid) << valid.error().message;
        for (const auto node : at.in_sync) ASSERT_FALSE(cluster_.now.node(node)->is_fenced);
        const auto least = min_in_sync(at, topic.settings->cluster_min_insync_replicas);
        if (at.in_sync.size() >= least) ASSERT_TRUE(at.eligible.empty() && at.last_known.empty());
        if (at.recovery == LeaderRecovery::recovering) ASSERT_LE(at.in_sync.size(), 1u);
        ASSERT_EQ(settled(at, at, rules_for(cluster_.now, topic)), at);
        eligible_seen += at.eligible.size();
        if (at.leader != no_node && cluster_.now.node(at.leader)->drain != Drain::none) {
            for (const auto node : at.in_sync) ASSERT_FALSE(cluster_.now.node(node)->is_usable());
        }
    }

    void check_change(const Place& place, const Partition& old, const Partition& at) {
        ++changes;
        ASSERT_GE(at.partition_epoch.value, old.partition_epoch.value + 1);
        ASSERT_GE(at.leader_epoch, old.leader_epoch);
        if (old.is_reassigning() && !at.is_reassigning()) check_reassigned(old, at);
        if (at.leader == old.leader) return;
        ++elections;
        ASSERT_GT(at.leader_epoch, old.leader_epoch);
        if (at.leader == no_node) return;
        auto& log = logs_[place];
        if (is_unclean_election(old, at)) check_unclean(place, old, log);
        if (log.is_doubtful) {  // what the new leader has is what is left
            log.committed = log.has[at.leader];
            for (auto& [node, has] : log.has) has = std::min(has, log.committed);
            log.is_doubtful = false;
            return;
        }
        ++safe_elections;
        ASSERT_EQ(log.has[at.leader], log.committed) << "the new leader lacks committed records";
    }

    void check_reassigned(const Partition& old, const Partition& at) {
        ++reassignments_done;
        ASSERT_TRUE(at.replicas == old.target || at.replicas == old.original() || at.adding.empty());
        if (at.replicas != old.target) return;
        for (const auto node : old.adding) ASSERT_TRUE(contains(at.in_sync, node));
    }

    void check_unclean(const Place& place, const Partition& old, Log& log) {
        ASSERT_TRUE(cluster_.now.find(place.first)->settings->allows_unclean_leader);
        for (const auto node : old.eligible) ASSERT_TRUE(cluster_.now.node(node)->is_fenced);
        for (const auto node : old.in_sync) ASSERT_TRUE(cluster_.now.node(node)->is_fenced);
        log.is_doubtful = true;
    }

    void check_snapshot() {
        Catalogue restored{{.node = NodeId{1}}};
        ASSERT_TRUE(restored.restore(cluster_.now.snapshot()));
        ASSERT_EQ(restored.snapshot(), cluster_.now.snapshot());
        for (int i = 1; i <= node_count; ++i) {
            const auto& live = cluster_.now.replicas_of(NodeId{i});
            const auto& again = restored.replicas_of(NodeId{i});
            ASSERT_EQ(live.replicas, again.replicas);
            ASSERT_EQ(live.preferred, again.preferred);
            std::size_t visited = 0;
            restored.for_each_partition_of(NodeId{i},
                                           [&](const Topic& topic, PartitionId number, const Partition& at) {
                                               ++visited;
                                               ASSERT_TRUE(contains(at.replicas, NodeId{i}));
                                               ASSERT_EQ(at, *cluster_.now.find(topic.id)->partition(number));
                                           });
            ASSERT_EQ(visited, live.replicas);
        }
        if (below(2) == 0) cluster_.now = restored;
    }

    SeededRandom random_;
    test::ClusterCatalogue cluster_;
    Catalogue before_;
    std::set<int> alive_;
    std::map<Place, Log> logs_;
    std::vector<AlterPartitions> late_;
};

class ClusterModel : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(ClusterModel, KeepsItsPromisesWhateverIsAsked) {
    RandomCluster cluster{GetParam()};
    for (int i = 0; i < 2500; ++i) {
        cluster.step();
        ASSERT_FALSE(HasFatalFailure()) << "at step " << i;
    }
    EXPECT_GT(cluster.changes, 1000u);
    EXPECT_GT(cluster.safe_elections, 100u);
    EXPECT_GT(cluster.reassignments_done, 10u);
    EXPECT_GT(cluster.eligible_seen, 100u);
    EXPECT_GT(cluster.now().unclean_elections(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ClusterModel, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace weir::metadata
