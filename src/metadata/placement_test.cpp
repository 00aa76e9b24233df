// Replicas and leaders are spread evenly, over racks first; modes by name; the same seed gives the same.
#include "metadata/placement.hpp"

#include <set>

#include "support/cluster_catalogue.hpp"

namespace weir::metadata {
namespace {

using test::node_list;

class Placement : public ::testing::Test, protected test::ClusterCatalogue {
  protected:
    struct Spread {
        std::map<NodeId, int> leaders, replicas;
        int most(const std::map<NodeId, int>& counts) const {
            return std::ranges::max_element(counts, {}, [](auto& e) { return e.second; })->second;
        }
        int least(const std::map<NodeId, int>& counts) const {
            return std::ranges::min_element(counts, {}, [](auto& e) { return e.second; })->second;
        }
        int leader_gap() const { return most(leaders) - least(leaders); }
        int replica_gap() const { return most(replicas) - least(replicas); }
    };
    Spread spread() const {
        Spread out;
        for (const auto& [id, unused] : now.nodes()) out.leaders[id] = out.replicas[id] = 0;
        now.for_each_topic([&](const TopicPtr& topic) {
            for (const auto& at : *topic->partitions) {
                ++out.leaders[at.replicas.front()];
                for (const auto node : at.replicas) ++out.replicas[node];
            }
        });
        return out;
    }
    std::string with_mode(const char* mode, std::int32_t partitions, std::int32_t factor = use_default) {
        CreateTopic request{.name = "t", .partitions = partitions, .replication_factor = factor};
        request.overrides["weir.mode"] = mode;
        return create(request);
    }
};

TEST_F(Placement, IsEvenWithinATopic) {
    join_all(5);
    ASSERT_EQ(create({.name = "t", .partitions = 103, .replication_factor = 3}), "good");
    EXPECT_LE(spread().leader_gap(), 1);
    EXPECT_LE(spread().replica_gap(), 2);
    ASSERT_EQ(outcome(AddPartitions{.name = "t", .total = 201}), "good");
    EXPECT_LE(spread().leader_gap(), 1);
    EXPECT_LE(spread().replica_gap(), 2);
}

TEST_F(Placement, IsEvenOverManySmallTopics) {
    join_all(4);
    for (int i = 0; i < 101; ++i)
        ASSERT_EQ(create({.name = fmt::format("t{}", i), .partitions = 1, .replication_factor = 2}), "good");
    EXPECT_LE(spread().leader_gap(), 1);
    EXPECT_LE(spread().replica_gap(), 2);
}

TEST_F(Placement, FillsANodeThatJoins) {
    join_all(3);
    for (int i = 0; i < 30; ++i) ASSERT_EQ(create({.name = fmt::format("t{}", i)}), "good");
    join(4);
    for (int i = 30; i < 40; ++i) ASSERT_EQ(create({.name = fmt::format("t{}", i)}), "good");
    EXPECT_EQ(spread().leaders[NodeId{4}], 10);
}

TEST_F(Placement, PutsReplicasIntoDifferentRacks) {
    const std::vector<std::string> racks{"a", "a", "a", "b", "b", "c"};
    for (int i = 1; i <= 6; ++i) join(i, racks[static_cast<std::size_t>(i - 1)]);
    ASSERT_EQ(create({.name = "t", .partitions = 60, .replication_factor = 3}), "good");
    ASSERT_EQ(create({.name = "u", .partitions = 60, .replication_factor = 4}), "good");
    for (const auto* topic : {"t", "u"}) {
        for (const auto& at : *now.find(topic)->partitions) {
            std::set<std::string> used;
            for (const auto node : at.replicas) used.insert(now.node(node)->rack);
            EXPECT_EQ(used.size(), 3u);
            EXPECT_EQ(std::set(at.replicas.begin(), at.replicas.end()).size(), at.replicas.size());
        }
    }
    EXPECT_LE(spread().leader_gap(), 1);
}

TEST_F(Placement, IsTheSameForTheSameSeed) {
    join_all(5);
    const auto placed = [&](std::uint64_t seed) { return Placer{now, nullptr, seed}.next(20, 3); };
    EXPECT_EQ(placed(1), placed(1));
    EXPECT_NE(placed(1), placed(2));
    EXPECT_EQ(placed(7).front().front(), placed(12).front().front());  // 5 nodes: once round
}

TEST_F(Placement, KnowsModesByName) {
    join_all(3);
    EXPECT_EQ(with_mode("other", 1), "invalid_config");
    EXPECT_EQ(with_mode("single", 6), "good");
    for (int i = 0; i < 6; ++i) EXPECT_EQ(partition("t", i).replicas, partition("t").replicas);
    EXPECT_EQ(outcome(AddPartitions{.name = "t", .total = 8}), "good");
    EXPECT_EQ(partition("t", 7).replicas, partition("t").replicas);
    EXPECT_EQ(now.find("t")->replication_factor(), 1);
    EXPECT_EQ(outcome(DeleteTopic{.name = "t"}), "good");

    EXPECT_EQ(with_mode("plain", 6, 2), "invalid_replication");
    EXPECT_EQ(with_mode("plain", 6), "good");
    EXPECT_EQ(now.find("t")->replication_factor(), 1);
    EXPECT_EQ(spread().leader_gap(), 0);
    EXPECT_EQ(outcome(DeleteTopic{.name = "t"}), "good");

    EXPECT_EQ(with_mode("mirrored", 6, 4), "invalid_replication");
    EXPECT_EQ(with_mode("mirrored", 6, 2), "good");
    EXPECT_EQ(now.find("t")->replication_factor(), 2);
    EXPECT_EQ(outcome(DeleteTopic{.name = "t"}), "good");
    EXPECT_EQ(with_mode("mirrored", 6), "good");
    EXPECT_EQ(now.find("t")->replication_factor(), 3);
}

TEST_F(Placement, KeepsTheModeThatATopicWasMadeWith) {
    join_all(3);
    ASSERT_EQ(with_mode("mirrored", 1), "good");
    const auto alter = [&](std::vector<SettingChangeRequest> changes, bool replace_all) {
        return outcome(
            AlterTopicSettings{.name = "t", .changes = std::move(changes), .replace_all = replace_all});
    };
    EXPECT_EQ(alter({{.name = "weir.mode", .value = "plain"}}, false), "invalid_config");
    EXPECT_EQ(alter({{"weir.mode", SettingChangeRequest::Operation::take_back}}, false), "invalid_config");
    EXPECT_EQ(alter({{.name = "weir.mode", .value = "mirrored"}}, true), "good");
    EXPECT_EQ(alter({}, true), "good");
    EXPECT_EQ(now.find("t")->overrides.at("weir.mode"), "mirrored");
    CreateTopic both{.name = "u", .assignment = {node_list({1})}};
    both.overrides["weir.mode"] = "plain";
    EXPECT_EQ(create(both), "invalid_argument");
}

TEST_F(Placement, RefusesAMinimumThatTheReplicasCannotMeet) {
    join_all(3);
    CreateTopic request{.name = "t", .partitions = 1, .replication_factor = 2};
    request.overrides["min.insync.replicas"] = "3";
    EXPECT_EQ(create(request), "invalid_config");
    request.overrides["min.insync.replicas"] = "2";
    EXPECT_EQ(create(request), "good");
}

}  // namespace
}  // namespace weir::metadata
