// The topology in entries and snapshots: golden bytes, versions, and data of weirs before it.
#include <gtest/gtest.h>

#include "metadata/catalogue.hpp"
#include "metadata/topology_requests.hpp"
#include "support/golden.hpp"

namespace weir::metadata {
namespace {

using namespace topology;

Table all_values() {
    return {{"blob", Blob{{1, 2}}},
            {"decimal", Decimal{2, -314}},
            {"flag", true},
            {"list", List{Integer{-1, Width::int8}, "two"}},
            {"none", Value{}},
            {"real", Real{0.5, true}},
            {"table", Table{{"a", Integer{-1, Width::uint64}}}},
            {"time", Timestamp{1'700'000'000}},
            {"x-queue-type", "quorum"}};
}

Uuid counting_uuid() {
    Uuid out;
    for (std::uint8_t i = 0; i < 16; ++i) out.bytes[i] = i;
    return out;
}

Value wide(std::int64_t value) {
    return Integer{value, Width::int64};
}

std::vector<topology::Command> commands_about_hosts() {
    const Binding y_to_q{.host = "v", .source = "y", .destination = "q"};
    return {
        VirtualHostChanged{{"v", "about v", {"production"}, {{"max-queues", 5}}}},
        VirtualHostChanged{{.name = "w"}},
        VirtualHostDeleted{"w"},
        ExchangeDeclared{{.host = "v",
                          .name = "x",
                          .kind = ExchangeKind::consistent_hash,
                          .is_internal = true,
                          .arguments = {{"hash-header", "id"}}}},
        ExchangeDeclared{{.host = "v",
                          .name = "y",
                          .kind = ExchangeKind::header,
                          .is_durable = false,
                          .is_auto_delete = true,
                          .is_delayed = true}},
        ExchangeDeclared{{.host = "v", .name = "gone"}},
        ExchangeDeleted{"v", "gone"},
        QueueDeclared{{.host = "v", .name = "q", .id = QueueId{1}, .shard = 300, .arguments = all_values()}},
        QueueDeclared{{.host = "v",
                       .name = "t",
                       .id = QueueId{2},
                       .is_durable = false,
                       .is_auto_delete = true,
                       .node = NodeId{300},
                       .owner = counting_uuid()}},
        QueueDeclared{{.host = "v", .name = "gone", .id = QueueId{3}}},
        QueueDeleted{"v", "gone"},
        BindingAdded{{.host = "v", .source = "x", .destination = "q", .key = "10"}},
        BindingAdded{{.host = "v",
                      .source = "y",
                      .kind = DestinationKind::exchange,
                      .destination = "x",
                      .arguments = {{"k", Value{}}, {"x-match", "any"}}}},
        BindingAdded{{.host = "v",
                      .source = "y",
                      .kind = DestinationKind::topic,
                      .destination = "orders",
                      .key = "k"}},
        BindingAdded{y_to_q},
        BindingRemoved{y_to_q},
    };
}

std::vector<topology::Command> commands_about_policies_and_accounts() {
    return {
        PolicySet{{.host = "v",
                   .name = "p",
                   .pattern = "^q",
                   .target = PolicyTarget::queues,
                   .priority = -3,
                   .definition = {{"max-length", wide(10)}}}},
        PolicySet{{.host = "v",
                   .name = "bounds",
                   .is_operator = true,
                   .pattern = ".*",
                   .priority = 7,
                   .definition = {{"expires", wide(1)}}}},
        PolicySet{{.host = "v",
                   .name = "gone",
                   .is_operator = true,
                   .target = PolicyTarget::exchanges,
                   .definition = {{"a", Value{}}}}},
        PolicyCleared{"v", true, "gone"},
        UserChanged{{"u",
                     {{.kind = CredentialKind::salted_sha256, .salt = {1, 2, 3, 4}, .key = Bytes(32, 0xaa)},
                      {.salt = Bytes(16, 5),
                       .iterations = 4096,
                       .key = Bytes(32, 0xbb),
                       .server_key = Bytes(32, 0xcc)}},
                     {"administrator"},
                     {{"max-channels", 9}}}},
        UserChanged{{.name = "gone"}},
        UserDeleted{"gone"},
        PermissionsSet{{.user = "u", .host = "v", .configure = "^c", .write = ".*", .read = ""}},
        PermissionsCleared{"u", "v"},
        PermissionsSet{{.user = "u", .host = "v", .configure = "^c", .write = ".*", .read = ""}},
        TopicPermissionsSet{{.user = "u", .host = "v", .exchange = "x", .write = "^{username}", .read = "r"}},
        TopicPermissionsSet{{.user = "u", .host = "v", .exchange = "y"}},
        TopicPermissionsCleared{"u", "v", "y"},
    };
}

std::vector<metadata::Command> commands() {
    std::vector<metadata::Command> out;
    for (auto& command : commands_about_hosts()) out.emplace_back(std::move(command));
    for (auto& command : commands_about_policies_and_accounts()) out.emplace_back(std::move(command));
    return out;
}

Catalogue with_topology() {
    Catalogue out;
    for (const auto& command : commands()) {
        const auto applied = out.apply(command);
        EXPECT_TRUE(applied) << (applied ? "" : applied.error().message);
    }
    return out;
}

TEST(TopologyGoldenBytes, OfAnEntryAreThose) {
    EXPECT_EQ(test::to_hex(encode_entry(commands())), test::to_hex(test::golden("metadata/topology_entry")));
    const auto decoded = decode_entry(test::golden("metadata/topology_entry"));
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, commands());
}

TEST(TopologyGoldenBytes, OfASnapshotAreThose) {
    const auto golden = test::golden("metadata/topology_snapshot");
    EXPECT_EQ(test::to_hex(with_topology().snapshot()), test::to_hex(golden));
    Catalogue restored;
    ASSERT_TRUE(restored.restore(golden));
    EXPECT_EQ(restored.topology().queue("v", "q")->arguments, all_values());
    EXPECT_EQ(restored.topology().next_queue_id(), QueueId{4});
    for (std::size_t cut = 0; cut < golden.size(); ++cut)
        EXPECT_EQ(restored.restore(ByteView{golden}.first(cut)).error().code, Errc::corrupt) << cut;
    EXPECT_NE(restored.topology().host("v"), nullptr);
}

// ---- parameters: a version of their own

std::vector<metadata::Command> commands_about_parameters() {
    const std::vector<topology::Command> commands = {
        VirtualHostChanged{{.name = "v"}},
        VirtualHostChanged{{.name = "gone"}},
        ParameterSet{{"federation-upstream", "v", "up", Table{{"uri", "amqp://"}, {"max-hops", wide(2)}}}},
        ParameterSet{{"federation-upstream", "gone", "up", Table{}}},
        ParameterSet{{"", "", "cluster_name", "orders"}},
        ParameterSet{{"", "", "old", List{Value{true}, Value{}}}},
        ParameterCleared{"", "", "old"},
        VirtualHostDeleted{"gone"},
    };
    return {commands.begin(), commands.end()};
}

Catalogue with_parameters() {
    Catalogue out;
    for (const auto& command : commands_about_parameters()) EXPECT_TRUE(out.apply(command));
    return out;
}

TEST(ParameterGoldenBytes, AreThose) {
    const auto entry = encode_entry(commands_about_parameters());
    EXPECT_EQ(test::to_hex(entry), test::to_hex(test::golden("metadata/parameters_entry")));
    EXPECT_EQ(decode_entry(entry).value(), commands_about_parameters());
    const auto golden = test::golden("metadata/parameters_snapshot");
    EXPECT_EQ(test::to_hex(with_parameters().snapshot()), test::to_hex(golden));
    Catalogue restored;
    ASSERT_TRUE(restored.restore(golden));
    EXPECT_EQ(restored.topology().parameters().size(), 2u);
    EXPECT_EQ(restored.topology().parameter("", "", "cluster_name")->value, Value{"orders"});
    for (std::size_t cut = 0; cut < golden.size(); ++cut)
        EXPECT_EQ(restored.restore(ByteView{golden}.first(cut)).error().code, Errc::corrupt) << cut;
}

TEST(TopologyFormat, WhatHasNoParametersIsOfTheVersionBefore) {
    EXPECT_EQ(encode_entry(commands()).front(), topology_format_version);
    auto catalogue = with_parameters();
    EXPECT_EQ(catalogue.snapshot().front(), metadata_format_version);
    ASSERT_TRUE(catalogue.apply(ParameterCleared{"", "", "cluster_name"}));
    ASSERT_TRUE(catalogue.apply(ParameterCleared{"federation-upstream", "v", "up"}));
    EXPECT_EQ(catalogue.snapshot().front(), topology_format_version);
    EXPECT_FALSE(catalogue.apply(ParameterCleared{"federation-upstream", "v", "up"}));
    EXPECT_FALSE(catalogue.apply(ParameterSet{{"federation-upstream", "nowhere", "up", Table{}}}));
}

TEST(TopologyFormat, ARecordOfAnOlderWeirIsRead) {
    Catalogue catalogue;
    ASSERT_TRUE(catalogue.restore(test::golden("metadata/snapshot")));
    EXPECT_TRUE(catalogue.topology().is_pristine());
    EXPECT_TRUE(decode_entry(test::golden("metadata/entry")));
    EXPECT_EQ(decode_entry(Bytes{1, 2}).error().code, Errc::unsupported);
}

TEST(TopologyFormat, AnOlderWeirReadsWhatHasNothingOfIt) {
    EXPECT_EQ(encode_entry({TopicDeleted{}}).front(), topics_format_version);
    EXPECT_EQ(Catalogue{}.snapshot().front(), topics_format_version);
    EXPECT_EQ(with_topology().snapshot().front(), topology_format_version);
    EXPECT_EQ(decode_entry(Bytes{metadata_format_version, 50, 0}).error().code, Errc::unsupported);
    EXPECT_EQ(decode_entry(Bytes{metadata_format_version, 31, 0}).error().code, Errc::unsupported);
}

TEST(CatalogueTopology, TellsWhatChangedAndLetsBindingsGoWithTheirTopic) {
    Catalogue catalogue;
    CatalogueChanges changes;
    const Uuid topic = Uuid::from_random(1, 1);
    ASSERT_TRUE(catalogue.apply(NodeChanged{{.id = NodeId{1}}}));
    ASSERT_TRUE(catalogue.apply(TopicCreated{.id = topic, .name = "orders", .replicas = {{NodeId{1}}}}));
    for (const auto& command : commands()) ASSERT_TRUE(catalogue.apply(command, &changes));
    EXPECT_GT(changes.topology.topology.size(), 10u);
    EXPECT_TRUE(changes.topology.accounts);
    changes = {};
    ASSERT_TRUE(catalogue.apply(TopicDeleted{topic}, &changes));
    ASSERT_EQ(changes.topology.topology.size(), 1u);
    EXPECT_EQ(std::get<Change<Binding>>(changes.topology.topology[0]).before->destination, "orders");
}

TEST(CatalogueTopology, ABindingNeedsItsTopic) {
    const auto catalogue = with_topology();
    Bind request{{.host = "v", .source = "x", .destination = "no such"}};
    request.binding.kind = DestinationKind::topic;
    EXPECT_EQ(metadata::decide(catalogue, request).error().code, Errc::not_found);
    const auto declared = metadata::decide(catalogue, DeclareQueue{{.host = "v", .name = "new"}});
    ASSERT_TRUE(declared);
    EXPECT_EQ(declared->reply.queue->id, QueueId{4});
    EXPECT_EQ(declared->commands.size(), 1u);
}

}  // namespace
}  // namespace weir::metadata
