// Changes on their way to the leader and back: each as its golden bytes say, and nothing cut passes for one.
#include "cluster/change_messages.hpp"

#include <gtest/gtest.h>

#include "support/golden.hpp"

namespace weir::cluster {
namespace {

using namespace metadata;

const Uuid topic_id = Uuid::from_random(1, 2);

NodeList nodes(std::initializer_list<int> numbers) {
    NodeList out;
    for (const int number : numbers) out.push_back(NodeId{number});
    return out;
}

std::vector<SettingChangeRequest> setting_changes() {
    return {{.name = "retention.ms", .value = "5"},
            {.name = "x", .operation = SettingChangeRequest::Operation::take_back}};
}

const topology::Exchange exchange{.host = "h", .name = "e"};
const topology::Queue queue{.host = "h", .name = "q", .id = QueueId{7}, .node = NodeId{2}};
const topology::Binding binding{.host = "h", .source = "e", .destination = "q", .key = "k"};

// One of each, in the order of the variant.
std::vector<AnyRequest> requests() {
    return {CreateTopic{.name = "a",
                        .partitions = -1,
                        .replication_factor = 3,
                        .assignment = {nodes({1, 2})},
                        .overrides = {{"weir.mode", "mirrored"}},
                        .is_internal = true},
            DeleteTopic{.name = "b", .id = topic_id},
            AddPartitions{.name = "c", .total = 6, .assignment = {nodes({3})}, .validate_only = true},
            AlterTopicSettings{.name = "d", .changes = setting_changes(), .replace_all = true},
            AlterBrokerSettings{.node = NodeId{7}, .changes = setting_changes()},
            ElectLeaders{.kind = ElectLeaders::Kind::unclean, .partitions = {{{"e", PartitionId{4}}}}},
            ReassignPartitions{.items = {{.partition = {"f", PartitionId{1}}, .target = nodes({2, 3})},
                                         {.partition = {"f", PartitionId{-1}}, .target = {}}},
                               .may_change_replica_count = false},
            DrainNode{.node = NodeId{300}, .drain = Drain::replicas},
            RemoveNode{NodeId{300}},
            topology::PutVirtualHost{.host = {.name = "h"}, .exchanges = {exchange}},
            topology::DeleteVirtualHost{"h"},
            topology::DeclareExchange{exchange, {{"x", topology::Value{true}}}},
            topology::DeleteExchange{"h", "e", true},
            topology::DeclareQueue{queue, {{"y", std::nullopt}}},
            topology::DeleteQueue{"h", "q", QueueId{7}},
            topology::DropTransients{NodeId{2}, true},
            topology::Bind{binding},
            topology::Unbind{binding},
            topology::SetPolicy{{.host = "h", .name = "p", .pattern = "^a", .priority = 3}},
            topology::ClearPolicy{"h", "p", true},
            topology::PutUser{{.name = "u", .credentials = {}, .tags = {"t"}}},
            topology::DeleteUser{"u"},
            topology::SetPermissions{{"u", "h", "a", "b", "c"}},
            topology::ClearPermissions{"u", "h"},
            topology::SetTopicPermissions{{"u", "h", "e", "b", "c"}},
            topology::ClearTopicPermissions{"u", "h", "e"},
            topology::SetParameter{{"c", "h", "n", topology::Table{{"x", topology::Value{true}}}}},
            topology::ClearParameter{"c", "h", "n"}};
}

std::vector<ChangeReply> replies() {
    return {
        {300, TopicRef{topic_id, "a"}},
        {1, AlterBrokerSettings::Reply{}},
        {2, metadata::ElectLeaders::Reply{{{{"e", PartitionId{4}}, Error{Errc::election_not_needed, "led"}},
                                           {{"e", PartitionId{5}}, {}}}}},
        {3, ReassignPartitions::Reply{{Result<void>{}, Error{Errc::no_reassignment, "none"}}}},
        {4, DrainProgress{.leading = 5, .replicas = 600}},
        {5, RemoveNode::Reply{}},
        {6, topology::PutVirtualHost::Reply{true}},
        {6, topology::DeleteVirtualHost::Reply{}},
        {6, topology::DeclareExchange::Reply{std::make_shared<const topology::Exchange>(exchange), true, {}}},
        {6, topology::DeleteExchange::Reply{nullptr, true}},
        {6,
         topology::DeclareQueue::Reply{std::make_shared<const topology::Queue>(queue), false,
                                       topology::Difference{"durable", topology::Value{true}, std::nullopt}}},
        {6, topology::DeleteQueue::Reply{nullptr}},
        {6, topology::DropTransients::Reply{{std::make_shared<const topology::Queue>(queue)}, true}},
        {6, topology::Bind::Reply{true}},
        {6, topology::Unbind::Reply{true}},
        {6, topology::SetPolicy::Reply{}},
        {6, topology::ClearPolicy::Reply{}},
        {6, topology::PutUser::Reply{true}},
        {6, topology::DeleteUser::Reply{}},
        {6, topology::SetPermissions::Reply{}},
        {6, topology::ClearPermissions::Reply{true}},
        {6, topology::SetTopicPermissions::Reply{}},
        {6, topology::ClearTopicPermissions::Reply{true, false}},
        {6, topology::SetParameter::Reply{true}},
        {6, topology::ClearParameter::Reply{true}}};
}

template <class Message>
Bytes back_to_back(const std::vector<Message>& messages) {
    Bytes all;
    for (const auto& message : messages) {
        const auto bytes = encode(message);
        all.push_back(static_cast<std::uint8_t>(bytes.size()));
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
}

TEST(ChangeMessages, AreWhatTheyWere) {
    EXPECT_EQ(test::to_hex(back_to_back(requests())), test::to_hex(test::golden("cluster/change_requests")));
    EXPECT_EQ(test::to_hex(back_to_back(replies())), test::to_hex(test::golden("cluster/change_replies")));
}

TEST(ChangeMessages, ComeBackWhole) {
    ASSERT_EQ(requests().size(), std::variant_size_v<AnyRequest>);
    for (const auto& request : requests()) {
        const auto bytes = encode(request);
        const auto back = decode_request(bytes);
        ASSERT_TRUE(back) << request.index();
        EXPECT_EQ(back->index(), request.index());
        EXPECT_EQ(encode(*back), bytes);
    }
    ASSERT_EQ(replies().size(), std::variant_size_v<WireReply>);
    for (const auto& reply : replies()) {
        const auto bytes = encode(reply);
        const auto back = decode_change_reply(bytes);
        ASSERT_TRUE(back) << reply.reply.index();
        EXPECT_EQ(back->applied, reply.applied);
        EXPECT_EQ(encode(*back), bytes);
    }
}

TEST(ChangeMessages, ErrorsKeepTheirWords) {
    const auto back = decode_change_reply(encode(replies()[3])).value();
    const auto& outcomes = std::get<ReassignPartitions::Reply>(back.reply).outcomes;
    ASSERT_EQ(outcomes.size(), 2u);
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().code, Errc::no_reassignment);
    EXPECT_EQ(outcomes[1].error().message, "none");
}

TEST(ChangeMessages, AnythingCutOrContinuedIsRefused) {
    for (const auto& request : requests()) {
        auto bytes = encode(request);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_FALSE(decode_request(ByteView{bytes}.first(size))) << request.index() << " at " << size;
        bytes.push_back(0);
        EXPECT_FALSE(decode_request(bytes));
    }
    for (const auto& reply : replies()) {
        auto bytes = encode(reply);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            EXPECT_FALSE(decode_change_reply(ByteView{bytes}.first(size)));
        bytes.push_back(0);
        EXPECT_FALSE(decode_change_reply(bytes));
    }
    EXPECT_FALSE(decode_request(Bytes{0}));
    EXPECT_FALSE(decode_request(Bytes{std::variant_size_v<AnyRequest> + 1}));
}

TEST(ChangeMessages, NumbersThatNoNodeHasAreRefused) {
    EXPECT_FALSE(decode_request(encode(AnyRequest{RemoveNode{NodeId{-1}}})));
    ReassignPartitions request;
    request.items.push_back({.partition = {"f", PartitionId{0}}, .target = nodes({-5})});
    EXPECT_FALSE(decode_request(encode(AnyRequest{request})));
}

}  // namespace
}  // namespace weir::cluster
