// What may be asked of the catalogue and what is refused, with which error.
#include <gtest/gtest.h>

#include "metadata/cluster_requests.hpp"

namespace weir::metadata {
namespace {

using Operation = SettingChangeRequest::Operation;

class Decide : public ::testing::Test {
  protected:
    Decide() { add_nodes(3); }

    void add_nodes(int count) {
        for (int i = 1; i <= count; ++i) run(RegisterNode{{.id = NodeId{i}}});
    }
    // Decides and applies; the error's name, or "good".
    template <class Request>
    std::string run(const Request& request) {
        auto decision = decide(catalogue_, request);
        if (!decision) {
            EXPECT_FALSE(decision.error().message.empty());
            return std::string{name(decision.error().code)};
        }
        for (const auto& command : decision->commands) EXPECT_TRUE(catalogue_.apply(command));
        return "good";
    }
    std::string create(CreateTopic request) {
        request.id = Uuid::from_random(1, ++ids_);
        return run(request);
    }
    std::string alter(std::vector<SettingChangeRequest> changes, bool replace_all = false) {
        return run(
            AlterTopicSettings{.name = "a", .changes = std::move(changes), .replace_all = replace_all});
    }
    const Overrides& overrides() { return catalogue_.find("a")->overrides; }

    Catalogue catalogue_{{.node = NodeId{1}}};
    std::uint64_t ids_ = 0;
};

TEST_F(Decide, TakesGoodNamesOnly) {
    for (const auto* good : {"a", "...", "A-z_0.9", "__consumer_offsets"})
        EXPECT_EQ(create({.name = good}), "good");
    EXPECT_EQ(create({.name = std::string(249, 'x')}), "good");
    for (const auto* bad : {"", ".", "..", "a b", "a/b", "\xc3\xa4", "a\n"}) {
        EXPECT_EQ(create({.name = bad}), "invalid_name") << bad;
    }
    EXPECT_EQ(create({.name = std::string(250, 'x')}), "invalid_name");
    EXPECT_EQ(create({.name = std::string("a\0b", 3)}), "invalid_name");
}

TEST_F(Decide, RefusesNamesThatExistOrCollide) {
    EXPECT_EQ(create({.name = "a.b_c"}), "good");
    EXPECT_EQ(create({.name = "a.b_c"}), "already_exists");
    EXPECT_EQ(create({.name = "a_b.c"}), "invalid_name");
    EXPECT_EQ(create({.name = "a-b-c"}), "good");
    EXPECT_EQ(run(DeleteTopic{.name = "a.b_c"}), "good");
    EXPECT_EQ(create({.name = "a_b.c"}), "good");
}

TEST_F(Decide, ChecksCounts) {
    EXPECT_EQ(create({.name = "a", .partitions = 0}), "invalid_partitions");
    EXPECT_EQ(create({.name = "a", .partitions = -2}), "invalid_partitions");
    EXPECT_EQ(create({.name = "a", .partitions = 10'001}), "invalid_partitions");
    EXPECT_EQ(create({.name = "a", .replication_factor = 0}), "invalid_replication");
    EXPECT_EQ(create({.name = "a", .replication_factor = 4}), "invalid_replication");
    EXPECT_EQ(create({.name = "a", .partitions = 10'000, .replication_factor = 3}), "good");
    EXPECT_EQ(catalogue_.partition_count(), 10'000u);
}

TEST_F(Decide, SaysHowManyNodesAreMissing) {
    EXPECT_EQ(decide(catalogue_, CreateTopic{.name = "a", .replication_factor = 5}).error().message,
              "5 replicas need 5 nodes, and there are 3: add nodes or ask for fewer replicas");
    EXPECT_EQ(decide(Catalogue{}, CreateTopic{.name = "a"}).error().code, Errc::invalid_replication);
}

TEST_F(Decide, TakesDefaultsFromTheBroker) {
    EXPECT_EQ(run(AlterBrokerSettings{.changes = {{.name = "num.partitions", .value = "6"},
                                                  {.name = "default.replication.factor", .value = "2"}}}),
              "good");
    EXPECT_EQ(create({.name = "a"}), "good");
    EXPECT_EQ(catalogue_.find("a")->partition_count(), 6);
    EXPECT_EQ(catalogue_.find("a")->replication_factor(), 2);
}

TEST_F(Decide, SpreadsLeadersAndReplicas) {
    ASSERT_EQ(create({.name = "a", .partitions = 9, .replication_factor = 2}), "good");
    ASSERT_EQ(run(AddPartitions{.name = "a", .total = 12}), "good");
    std::map<NodeId, int> leaders, replicas;
    for (const auto& partition : *catalogue_.find("a")->partitions) {
        EXPECT_EQ(partition.leader, partition.replicas.front());
        EXPECT_EQ(partition.leader_epoch, LeaderEpoch{0});
        EXPECT_EQ(partition.in_sync, partition.replicas);
        EXPECT_NE(partition.replicas[0], partition.replicas[1]);
        ++leaders[partition.leader];
        for (const auto node : partition.replicas) ++replicas[node];
    }
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(leaders[NodeId{i}], 4);
        EXPECT_EQ(replicas[NodeId{i}], 8);
    }
}

TEST_F(Decide, ChecksAssignments) {
    const auto with = [&](std::vector<NodeList> assignment) {
        return create({.name = "a", .assignment = std::move(assignment)});
    };
    const NodeId one{1}, two{2}, nine{9};
    EXPECT_EQ(with({{one}, {}}), "invalid_assignment");
    EXPECT_EQ(with({{one}, {two, one}}), "invalid_assignment");
    EXPECT_EQ(with({{one, one}}), "invalid_assignment");
    EXPECT_EQ(with({{nine}}), "invalid_assignment");
    EXPECT_EQ(create({.name = "a", .partitions = 1, .assignment = {{one}}}), "invalid_argument");
    EXPECT_EQ(with({{two, one}, {one, two}}), "good");
    EXPECT_EQ(catalogue_.find("a")->partition(PartitionId{0})->leader, two);
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 4, .assignment = {{one, two}}}), "invalid_assignment");
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 3, .assignment = {{nine, two}}}), "invalid_assignment");
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 3, .assignment = {{one}}}), "invalid_assignment");
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 3, .assignment = {{one, two}}}), "good");
}

TEST_F(Decide, AddsPartitionsButTakesNoneAway) {
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 2}), "not_found");
    ASSERT_EQ(create({.name = "a", .partitions = 3}), "good");
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 3}), "invalid_partitions");
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 2}), "invalid_partitions");
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 10'001}), "invalid_partitions");
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 5, .validate_only = true}), "good");
    EXPECT_EQ(catalogue_.find("a")->partition_count(), 3);
    EXPECT_EQ(run(AddPartitions{.name = "a", .total = 5}), "good");
    EXPECT_EQ(catalogue_.find("a")->partition_count(), 5);
    EXPECT_EQ(catalogue_.find("a")->partition(PartitionId{5}), nullptr);
    EXPECT_EQ(catalogue_.find("a")->partition(PartitionId{-1}), nullptr);
}

TEST_F(Decide, DeletesByNameAndById) {
    ASSERT_EQ(create({.name = "a"}), "good");
    ASSERT_EQ(create({.name = "b"}), "good");
    EXPECT_EQ(run(DeleteTopic{.name = "c"}), "not_found");
    EXPECT_EQ(run(DeleteTopic{.id = Uuid::from_random(9, 9)}), "unknown_topic_id");
    EXPECT_EQ(run(DeleteTopic{.id = catalogue_.find("b")->id}), "good");
    EXPECT_EQ(run(AlterBrokerSettings{.changes = {{.name = "delete.topic.enable", .value = "false"}}}),
              "good");
    EXPECT_EQ(run(DeleteTopic{.name = "a"}), "disabled");
    EXPECT_EQ(run(AlterBrokerSettings{.changes = {{"delete.topic.enable", Operation::take_back}}}), "good");
    EXPECT_EQ(run(DeleteTopic{.name = "a"}), "good");
    EXPECT_EQ(catalogue_.topic_count(), 0u);
    EXPECT_EQ(catalogue_.partition_count(), 0u);
}

TEST_F(Decide, ChecksANewTopicsSettings) {
    EXPECT_EQ(create({.name = "a", .overrides = {{"no.such", "1"}}}), "invalid_config");
    EXPECT_EQ(create({.name = "a", .overrides = {{"retention.ms", "x"}}}), "invalid_config");
    EXPECT_EQ(
        create({.name = "a", .overrides = {{"min.compaction.lag.ms", "5"}, {"max.compaction.lag.ms", "4"}}}),
        "invalid_config");
    EXPECT_EQ(create({.name = "a", .overrides = {{"retention.ms", "77"}}}), "good");
    EXPECT_EQ(catalogue_.find("a")->settings->retention_ms, 77);
}

TEST_F(Decide, SetsAndTakesBackATopicsSettings) {
    ASSERT_EQ(create({.name = "a"}), "good");
    EXPECT_EQ(alter({{"retention.ms", Operation::set, "5"}}), "good");
    EXPECT_EQ(catalogue_.find("a")->settings->retention_ms, 5);
    EXPECT_EQ(alter({{"retention.bytes", Operation::take_back}}), "good");  // not set: nothing to do
    EXPECT_EQ(alter({{"retention.ms", Operation::take_back}}), "good");
    EXPECT_TRUE(overrides().empty());
    EXPECT_EQ(catalogue_.find("a")->settings->retention_ms, catalogue_.topic_defaults().retention_ms);
    EXPECT_EQ(alter({{"retention.ms", Operation::set, "-2"}}), "invalid_config");
    EXPECT_EQ(alter({{"retention.mz", Operation::set, "2"}}), "invalid_config");
    EXPECT_EQ(alter({{"retention.mz", Operation::take_back}}), "invalid_config");
    EXPECT_EQ(alter({{"retention.ms", Operation::set, "2"}, {"retention.ms", Operation::set, "3"}}),
              "invalid_argument");
    EXPECT_EQ(run(AlterTopicSettings{.name = "none"}), "not_found");
}

TEST_F(Decide, AppendsToAndSubtractsFromLists) {
    ASSERT_EQ(create({.name = "a"}), "good");
    EXPECT_EQ(alter({{"cleanup.policy", Operation::append, "compact"}}), "good");
    EXPECT_EQ(overrides().at("cleanup.policy"), "delete,compact");  // the default was delete
    EXPECT_EQ(alter({{"cleanup.policy", Operation::append, "compact"}}), "good");
    EXPECT_EQ(alter({{"cleanup.policy", Operation::subtract, "delete"}}), "good");
    EXPECT_EQ(overrides().at("cleanup.policy"), "compact");
    EXPECT_EQ(alter({{"cleanup.policy", Operation::append, "other"}}), "invalid_config");
    EXPECT_EQ(alter({{"cleanup.policy", Operation::subtract, "compact"}}), "good");
    EXPECT_EQ(overrides().at("cleanup.policy"), "");
    EXPECT_EQ(alter({{"retention.ms", Operation::append, "1"}}), "invalid_config");
}

TEST_F(Decide, ReplacesAllOfATopicsSettings) {
    ASSERT_EQ(create({.name = "a", .overrides = {{"retention.ms", "1"}, {"segment.ms", "2"}}}), "good");
    EXPECT_EQ(alter({{"segment.ms", Operation::set, "3"}}, true), "good");
    EXPECT_EQ(overrides(), (Overrides{{"segment.ms", "3"}}));
    EXPECT_EQ(alter({}, true), "good");
    EXPECT_TRUE(overrides().empty());
}

TEST_F(Decide, LetsSettingsOfAnotherWeirGo) {
    ASSERT_EQ(create({.name = "a"}), "good");
    ASSERT_TRUE(catalogue_.apply(TopicSettingsChanged{catalogue_.find("a")->id, {{"from.the.future", "1"}}}));
    EXPECT_EQ(alter({{"retention.ms", Operation::set, "5"}}), "good");
    EXPECT_EQ(alter({{"from.the.future", Operation::take_back}}), "good");
    EXPECT_EQ(overrides(), (Overrides{{"retention.ms", "5"}}));
}

TEST_F(Decide, ChangesBrokersForAllTopics) {
    ASSERT_EQ(create({.name = "a"}), "good");
    ASSERT_EQ(create({.name = "b", .overrides = {{"retention.ms", "9"}}}), "good");
    const auto set = [&](std::optional<NodeId> node, const char* name, const char* value) {
        return run(AlterBrokerSettings{.node = node, .changes = {{.name = name, .value = value}}});
    };
    EXPECT_EQ(set(std::nullopt, "log.retention.hours", "1"), "good");
    EXPECT_EQ(catalogue_.find("a")->settings->retention_ms, 3'600'000);
    EXPECT_EQ(set(NodeId{1}, "log.retention.ms", "8"), "good");
    EXPECT_EQ(set(NodeId{2}, "log.retention.ms", "7"), "good");  // not this node
    EXPECT_EQ(catalogue_.find("a")->settings->retention_ms, 8);
    EXPECT_EQ(catalogue_.find("b")->settings->retention_ms, 9);
    EXPECT_EQ(catalogue_.topic_defaults().retention_ms, 8);
    EXPECT_EQ(set(NodeId{4}, "log.retention.ms", "7"), "not_found");
    EXPECT_EQ(set(std::nullopt, "log.dirs", "/elsewhere"), "invalid_config");
    EXPECT_EQ(set(std::nullopt, "retention.ms", "7"), "invalid_config");
}

TEST_F(Decide, RegistersANodeOnlyWhenSomethingIsNew) {
    const Node node{.id = NodeId{7}, .rack = "r", .endpoints = {{"kafka", "host", 9092}}};
    EXPECT_EQ(decide(catalogue_, RegisterNode{node})->commands.size(), 1u);
    EXPECT_EQ(run(RegisterNode{node}), "good");
    EXPECT_TRUE(decide(catalogue_, RegisterNode{node})->commands.empty());
    EXPECT_EQ(catalogue_.nodes().at(NodeId{7}), node);
    EXPECT_EQ(run(RegisterNode{{.id = NodeId{-1}}}), "invalid_argument");
    EXPECT_EQ(run(RegisterNode{{.id = NodeId{8}, .rack = std::string(256, 'r')}}), "invalid_argument");
    EXPECT_EQ(run(RegisterNode{{.id = NodeId{8}, .endpoints = std::vector<Endpoint>(101)}}),
              "invalid_argument");
}

TEST_F(Decide, GivesEachProducerIdOnce) {
    EXPECT_EQ(decide(catalogue_, AllocateProducerIds{.count = 5})->reply.first, ProducerId{0});
    EXPECT_EQ(run(AllocateProducerIds{.count = 5}), "good");
    EXPECT_EQ(decide(catalogue_, AllocateProducerIds{.count = 5})->reply.first, ProducerId{5});
    EXPECT_EQ(run(AllocateProducerIds{.count = 0}), "invalid_argument");
    EXPECT_EQ(run(AllocateProducerIds{.count = max_producer_id_block + 1}), "invalid_argument");
    ASSERT_TRUE(catalogue_.apply(ProducerIdsAllocated{ProducerId{INT64_MAX - 3}}));
    EXPECT_EQ(run(AllocateProducerIds{.count = 4}), "limit_exceeded");
    EXPECT_EQ(run(AllocateProducerIds{.count = 3}), "good");
}

TEST_F(Decide, SetsFeatures) {
    EXPECT_EQ(run(SetFeature{"transactions", 2}), "good");
    EXPECT_EQ(catalogue_.features().at("transactions"), 2);
    EXPECT_TRUE(decide(catalogue_, SetFeature{"transactions", 2})->commands.empty());
    EXPECT_EQ(run(SetFeature{"transactions", 0}), "good");
    EXPECT_TRUE(catalogue_.features().empty());
    EXPECT_EQ(run(SetFeature{"", 1}), "invalid_argument");
    EXPECT_EQ(run(SetFeature{"x", -1}), "invalid_argument");
}

}  // namespace
}  // namespace weir::metadata
