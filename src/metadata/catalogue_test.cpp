// The catalogue: lookups, sharing, and the same state from commands, snapshots and a plain model.
#include "metadata/catalogue.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"
#include "metadata/cluster_requests.hpp"
#include "support/golden.hpp"

namespace weir::metadata {
namespace {

// Nothing shared, nothing indexed: what the catalogue must be equal to.
struct Model {
    struct ModelTopic {
        std::string name;
        bool is_internal = false;
        Overrides overrides;
        std::vector<NodeList> replicas;
    };
    std::map<Uuid, ModelTopic> topics;
    std::map<NodeId, Node> nodes;
    std::map<std::optional<NodeId>, Overrides> brokers;
    std::map<std::string, std::int16_t, std::less<>> features;
    ProducerId next{0};

    static void edit(Overrides& overrides, const std::vector<SettingEdit>& edits) {
        for (const auto& [name, value] : edits) {
            overrides.erase(name);
            if (value) overrides[name] = *value;
        }
    }
    void on(const TopicCreated& c) { topics[c.id] = {c.name, c.is_internal, c.overrides, c.replicas}; }
    void on(const TopicDeleted& c) { topics.erase(c.id); }
    void on(const PartitionsAdded& c) {
        auto& all = topics.at(c.id).replicas;
        all.insert(all.end(), c.replicas.begin(), c.replicas.end());
    }
    void on(const TopicSettingsChanged& c) { edit(topics.at(c.id).overrides, c.edits); }
    void on(const BrokerSettingsChanged& c) { edit(brokers[c.node], c.edits); }
    void on(const NodeChanged& c) { nodes[c.node.id] = c.node; }
    void on(const NodeRemoved& c) { nodes.erase(c.node); }
    void on(const PartitionsChanged& c) {
        for (const auto& [number, now] : c.partitions)
            topics.at(c.id).replicas[static_cast<std::size_t>(number.value)] = now.replicas;
    }
    void on(const topology::Command&) {}  // it has a model of its own
    void on(const ProducerIdsAllocated& c) { next = c.next; }
    void on(const FeatureSet& c) {
        features.erase(c.name);
        if (c.level != 0) features[c.name] = c.level;
    }
};

void expect_equal(const Catalogue& catalogue, const Model& model) {
    ASSERT_EQ(catalogue.topic_count(), model.topics.size());
    EXPECT_EQ(catalogue.nodes(), model.nodes);
    EXPECT_EQ(catalogue.features(), model.features);
    EXPECT_EQ(catalogue.next_producer_id(), model.next);
    for (const auto& [node, overrides] : model.brokers)
        EXPECT_EQ(catalogue.broker_overrides(node), overrides);
    std::size_t partitions = 0;
    for (const auto& [id, expected] : model.topics) {
        const auto* topic = catalogue.find(id);
        ASSERT_NE(topic, nullptr);
        EXPECT_EQ(catalogue.find(expected.name), topic);
        EXPECT_EQ(topic->name, expected.name);
        EXPECT_EQ(topic->is_internal, expected.is_internal);
        EXPECT_EQ(topic->overrides, expected.overrides);
        ASSERT_EQ(topic->partitions->size(), expected.replicas.size());
        for (std::size_t i = 0; i < expected.replicas.size(); ++i) {
            EXPECT_EQ((*topic->partitions)[i].replicas, expected.replicas[i]);
        }
        auto layers = catalogue.layers(topic);
        EXPECT_EQ(*topic->settings, topic_settings(layers));
        partitions += expected.replicas.size();
    }
    EXPECT_EQ(catalogue.partition_count(), partitions);
    EXPECT_EQ(catalogue.broker_settings(), broker_settings(catalogue.layers()));
}

// Requests drawn at random, many of which must be refused.
class RandomRequests {
  public:
    explicit RandomRequests(std::uint64_t seed) : random_(seed) {}

    Result<std::vector<Command>> decide_one(const Catalogue& on) {
        switch (below(12)) {
            case 0:
            case 1:
            case 2: return commands(on, create());
            case 3: return commands(on, DeleteTopic{.name = name()});
            case 4:
            case 5: return commands(on, AddPartitions{.name = name(), .total = small()});
            case 6:
            case 7: return commands(on, AlterTopicSettings{.name = name(), .changes = {change(topic_names)}});
            case 8:
                return commands(on, AlterBrokerSettings{.node = node(), .changes = {change(broker_names)}});
            case 9: return commands(on, RegisterNode{{.id = NodeId{small()}, .rack = name()}});
            case 10: return commands(on, AllocateProducerIds{.count = small()});
            default: return commands(on, SetFeature{name(), static_cast<std::int16_t>(small())});
        }
    }
    std::uint64_t below(std::uint64_t limit) { return random_.next() % limit; }

  private:
    static constexpr std::array<const char*, 3> topic_names{"retention.ms", "cleanup.policy", "no.such"};
    static constexpr std::array<const char*, 3> broker_names{"log.retention.ms", "num.partitions",
                                                             "log.dirs"};

    template <class Request>
    static Result<std::vector<Command>> commands(const Catalogue& on, const Request& request) {
        auto decision = decide(on, request);
        if (!decision) return decision.error();
        return std::move(decision->commands);
    }
    std::int32_t small() { return static_cast<std::int32_t>(below(7)) - 1; }
    std::string name() { return fmt::format("{}{}{}", below(6), below(2) == 0 ? '.' : '_', below(6)); }
    std::optional<NodeId> node() { return below(2) == 0 ? std::nullopt : std::optional{NodeId{small()}}; }
    CreateTopic create() {
        CreateTopic out{.name = name(), .partitions = small(), .replication_factor = small()};
        out.is_internal = below(2) == 0;
        out.id = random_.uuid();
        if (below(2) == 0) out.overrides["segment.ms"] = fmt::format("{}", small());
        return out;
    }
    SettingChangeRequest change(const std::array<const char*, 3>& names) {
        const auto operation = static_cast<SettingChangeRequest::Operation>(below(4));
        return {names[below(3)], operation, below(2) == 0 ? "compact" : fmt::format("{}", below(100))};
    }

    SeededRandom random_;
};

class CatalogueModel : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(CatalogueModel, AgreesWithAPlainOneHoweverItCameAbout) {
    RandomRequests requests{GetParam()};
    Model model;
    Catalogue catalogue{{.node = NodeId{1}}};
    Catalogue restarted{{.node = NodeId{1}}};  // from snapshots, now and then, and the entries since
    std::size_t accepted = 0, refused = 0;
    for (int i = 0; i < 1500; ++i) {
        const auto commands = requests.decide_one(catalogue);
        if (!commands) {
            ++refused;
            continue;
        }
        const auto decoded = decode_entry(encode_entry(*commands));
        ASSERT_TRUE(decoded);
        ASSERT_EQ(*decoded, *commands);
        for (const auto& command : *commands) {
            ++accepted;
            ASSERT_TRUE(catalogue.apply(command));
            ASSERT_TRUE(restarted.apply(command));
            std::visit([&](const auto& c) { model.on(c); }, command);
        }
        if (requests.below(50) != 0) continue;
        Catalogue fresh{{.node = NodeId{1}}};
        ASSERT_TRUE(fresh.restore(restarted.snapshot()));
        restarted = fresh;
        expect_equal(catalogue, model);
        expect_equal(restarted, model);
        ASSERT_EQ(restarted.snapshot(), catalogue.snapshot());
    }
    EXPECT_GT(accepted, 300u);
    EXPECT_GT(refused, 300u);
    expect_equal(catalogue, model);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CatalogueModel, ::testing::Range<std::uint64_t>(1, 21));

Catalogue with_topics(int count) {
    SeededRandom random{1};
    Catalogue out{{.node = NodeId{1}}};
    EXPECT_TRUE(out.apply(NodeChanged{{.id = NodeId{1}}}));
    for (int i = 0; i < count; ++i) {
        EXPECT_TRUE(out.apply(TopicCreated{
            .id = random.uuid(), .name = fmt::format("topic-{}", i), .replicas = {{NodeId{1}}}}));
    }
    return out;
}

TEST(Catalogue, SharesWhatIsTheSameBetweenCopies) {
    const auto before = with_topics(1000);
    auto after = before;
    const auto* changed = before.find("topic-500");
    ASSERT_TRUE(after.apply(TopicSettingsChanged{changed->id, {{"retention.ms", "1"}}}));
    EXPECT_NE(after.find("topic-500"), changed);
    EXPECT_EQ(after.find("topic-500")->partitions, changed->partitions);
    EXPECT_EQ(before.find("topic-500"), changed);
    EXPECT_TRUE(changed->overrides.empty());
    for (int i = 0; i < 1000; ++i) {
        if (i == 500) continue;
        EXPECT_EQ(before.find(fmt::format("topic-{}", i)), after.find(fmt::format("topic-{}", i)));
    }
    EXPECT_EQ(changed->settings.get(), &before.topic_defaults());  // one object for all without overrides
}

TEST(Catalogue, TellsWhatChanged) {
    auto catalogue = with_topics(1);
    const auto topic = catalogue.find_shared("topic-0");
    CatalogueChanges changes;
    ASSERT_TRUE(catalogue.apply(PartitionsAdded{topic->id, {{NodeId{1}}}}, &changes));
    ASSERT_TRUE(catalogue.apply(TopicDeleted{topic->id}, &changes));
    ASSERT_TRUE(catalogue.apply(BrokerSettingsChanged{std::nullopt, {{"num.partitions", "3"}}}, &changes));
    ASSERT_EQ(changes.topics.size(), 2u);
    EXPECT_EQ(changes.topics[0].before, topic);
    EXPECT_EQ(changes.topics[0].after->partition_count(), 2);
    EXPECT_EQ(changes.topics[1].after, nullptr);
    EXPECT_TRUE(changes.broker_settings);
    EXPECT_FALSE(changes.nodes);
}

TEST(Catalogue, RefusesCommandsThatContradictIt) {
    auto catalogue = with_topics(1);
    const auto before = catalogue.snapshot();
    const auto id = catalogue.find("topic-0")->id;
    const auto other = Uuid::from_random(5, 5);
    const std::vector<NodeList> one{{NodeId{1}}};
    const auto now = *catalogue.find("topic-0")->partition(PartitionId{0});
    auto next = now;
    next.partition_epoch = PartitionEpoch{1};
    auto elsewhere = next;
    elsewhere.replicas = elsewhere.in_sync = {NodeId{2}};
    elsewhere.leader = NodeId{2};
    elsewhere.leader_epoch = LeaderEpoch{1};
    const std::vector<Command> bad{
        TopicCreated{.id = other, .name = "topic-0", .replicas = one},
        TopicCreated{.id = id, .name = "new", .replicas = one},
        TopicCreated{.id = other, .name = "bad name", .replicas = one},
        TopicCreated{.id = other, .name = "new", .replicas = {}},
        TopicCreated{.id = other, .name = "new", .replicas = {{}}},
        TopicDeleted{other},
        PartitionsAdded{other, one},
        PartitionsAdded{id, {{}}},
        PartitionsAdded{id, std::vector<NodeList>(max_topic_partitions, one[0])},
        PartitionsAdded{id, {}},
        TopicCreated{.id = other, .name = "new", .replicas = {{NodeId{9}}}},
        TopicCreated{.id = other, .name = "new", .replicas = {{NodeId{1}, NodeId{1}}}},
        PartitionsChanged{other, {}},
        PartitionsChanged{id, {{PartitionId{1}, next}}},
        PartitionsChanged{id, {{PartitionId{0}, next}, {PartitionId{0}, next}}},
        PartitionsChanged{id, {{PartitionId{0}, now}}},
        PartitionsChanged{id, {{PartitionId{0}, elsewhere}}},
        NodeRemoved{NodeId{1}},
        NodeRemoved{NodeId{2}},
        TopicSettingsChanged{other, {}},
        ProducerIdsAllocated{ProducerId{0}},
    };
    for (const auto& command : bad) {
        const auto applied = catalogue.apply(command);
        ASSERT_FALSE(applied) << command.index();
        EXPECT_EQ(applied.error().code, Errc::corrupt);
    }
    EXPECT_EQ(catalogue.snapshot(), before);
}

TEST(Catalogue, RefusesSnapshotsThatAreCutOrOfANewerFormat) {
    const auto good = with_topics(3).snapshot();
    Catalogue into;
    for (std::size_t cut = 0; cut < good.size(); ++cut) {
        EXPECT_EQ(into.restore(ByteView{good}.first(cut)).error().code, Errc::corrupt) << cut;
    }
    auto newer = good;
    newer[0] = metadata_format_version + 1;
    EXPECT_EQ(into.restore(newer).error().code, Errc::unsupported);
    EXPECT_EQ(into.topic_count(), 0u);
    EXPECT_TRUE(into.restore(good));
    EXPECT_EQ(into.topic_count(), 3u);
}

Partition moving_partition() {
    return {.leader = NodeId{300},
            .leader_epoch = LeaderEpoch{1},
            .partition_epoch = PartitionEpoch{1},
            .recovery = LeaderRecovery::recovering,
            .replicas = {NodeId{1}, NodeId{300}},
            .in_sync = {NodeId{300}},
            .adding = {NodeId{300}},
            .target = {NodeId{300}}};
}
Partition leaderless_partition() {
    return {.leader_epoch = LeaderEpoch{1},
            .partition_epoch = PartitionEpoch{1},
            .replicas = {NodeId{1}, NodeId{300}},
            .in_sync = {},
            .eligible = {NodeId{300}},
            .last_known = {NodeId{1}}};
}

// One of each command, with fixed content.
std::vector<Command> one_of_each() {
    const auto id = Uuid::from_random(0x0123456789abcdef, 0xfedcba9876543210);
    const NodeId one{1}, two{300};
    return {
        NodeChanged{{.id = one, .rack = "r1", .endpoints = {{"kafka", "broker.example", 9092}}}},
        NodeChanged{{.id = two,
                     .incarnation = Uuid::from_random(2, 2),
                     .broker_epoch = BrokerEpoch{5},
                     .drain = Drain::replicas}},
        TopicCreated{.id = id,
                     .name = "orders",
                     .is_internal = true,
                     .overrides = {{"retention.ms", "1000"}},
                     .replicas = {{one, two}, {two, one}}},
        PartitionsAdded{id, {{one, two}}},
        TopicSettingsChanged{id, {{"retention.ms", std::nullopt}, {"segment.ms", "5"}}},
        BrokerSettingsChanged{std::nullopt, {{"num.partitions", "3"}}},
        BrokerSettingsChanged{one, {{"log.retention.ms", "7"}}},
        ProducerIdsAllocated{ProducerId{1000}},
        FeatureSet{"transactions", 2},
        PartitionsChanged{id,
                          {{PartitionId{0}, moving_partition()}, {PartitionId{2}, leaderless_partition()}}},
        NodeChanged{{.id = NodeId{3}}},
        NodeRemoved{NodeId{3}},
        TopicCreated{.id = Uuid::from_random(1, 1), .name = "gone", .replicas = {{one}}},
        TopicDeleted{Uuid::from_random(1, 1)},
    };
}

TEST(GoldenBytes, OfAnEntryAreThose) {
    const auto commands = one_of_each();
    EXPECT_EQ(test::to_hex(encode_entry(commands)), test::to_hex(test::golden("metadata/entry")));
    const auto decoded = decode_entry(test::golden("metadata/entry"));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, commands);
}

TEST(GoldenBytes, OfASnapshotAreThose) {
    Catalogue catalogue;
    for (const auto& command : one_of_each()) ASSERT_TRUE(catalogue.apply(command));
    EXPECT_EQ(test::to_hex(catalogue.snapshot()), test::to_hex(test::golden("metadata/snapshot")));
    Catalogue restored;
    ASSERT_TRUE(restored.restore(test::golden("metadata/snapshot")));
    EXPECT_EQ(restored.find("orders")->partition_count(), 3);
}

TEST(Entry, RefusesWhatIsCutOrUnknown) {
    const auto good = encode_entry(one_of_each());
    std::set<std::size_t> boundaries;
    for (std::size_t count = 0; count <= one_of_each().size(); ++count) {
        auto commands = one_of_each();
        commands.resize(count, TopicDeleted{});
        boundaries.insert(encode_entry(commands).size());
    }
    for (std::size_t cut = 0; cut <= good.size(); ++cut) {
        EXPECT_EQ(decode_entry(ByteView{good}.first(cut)).has_value(), boundaries.contains(cut)) << cut;
    }
    auto newer = good;
    newer[0] = metadata_format_version + 1;
    EXPECT_EQ(decode_entry(newer).error().code, Errc::unsupported);
    EXPECT_EQ(decode_entry(Bytes{metadata_format_version, 99, 0}).error().code, Errc::unsupported);
    EXPECT_EQ(decode_entry(Bytes{metadata_format_version, 8, 3, 0, 2, 0}).error().code,
              Errc::corrupt);  // a byte over
}

}  // namespace
}  // namespace weir::metadata
