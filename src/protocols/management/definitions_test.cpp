// Files of definitions are read as other brokers write them; what can't be made so is told one by one.
#include "protocols/management/definitions.hpp"

#include <gtest/gtest.h>

namespace weir::management {
namespace {

Definitions read(std::string_view text, const std::optional<std::string>& only_host = std::nullopt) {
    auto file = parse_json(text);
    EXPECT_TRUE(file);
    auto out = read_definitions(file->json, only_host);
    EXPECT_TRUE(out);
    return std::move(*out);
}

// As RabbitMQ 3.10 exports it.
constexpr std::string_view file_3_10 = R"({
  "rabbit_version": "3.10.8", "rabbitmq_version": "3.10.8", "product_name": "RabbitMQ",
  "users": [{"name": "anna", "password_hash": "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR",
             "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["monitoring"], "limits": {}}],
  "vhosts": [{"name": "/"},
             {"name": "shop", "description": "", "metadata": {"description": "all", "tags": ["t"]}}],
  "permissions": [{"user": "anna", "vhost": "shop", "configure": ".*", "write": "", "read": ".*"}],
  "topic_permissions": [{"user": "anna", "vhost": "shop", "exchange": "x", "write": "a", "read": "b"}],
  "parameters": [{"vhost": "shop", "name": "limits", "component": "vhost-limits", "value": {"max-queues": 9}},
                 {"vhost": "shop", "name": "op", "component": "operator_policy",
                  "value": {"pattern": "^", "apply-to": "queues", "priority": 1,
                            "definition": {"max-length": 5}}},
                 {"vhost": "shop", "name": "s", "component": "shovel", "value": {"src-uri": "amqp://"}},
                 {"vhost": "shop", "name": "up", "component": "federation-upstream",
                  "value": {"uri": ["amqp://"]}},
                 {"vhost": "shop", "name": "odd", "component": "mine", "value": {}}],
  "global_parameters": [{"name": "internal_cluster_id", "value": "x"}, {"name": "cluster_name", "value": "c"},
                        {"name": "tags", "value": ["a", 1, null, {"b": 1.5}]}],
  "policies": [{"vhost": "shop", "name": "p", "pattern": "^q", "apply-to": "quorum_queues",
                "definition": {"message-ttl": 10}, "priority": 0}],
  "queues": [{"name": "q", "vhost": "shop", "durable": true, "auto_delete": false,
              "arguments": {"x-queue-type": "quorum"}}],
  "exchanges": [{"name": "e", "vhost": "shop", "type": "fanout", "durable": true, "auto_delete": false,
                 "internal": false, "arguments": {}},
                {"name": "d", "vhost": "shop", "type": "x-recent-history", "durable": true}],
  "bindings": [{"source": "e", "vhost": "shop", "destination": "q", "destination_type": "queue",
                "routing_key": "k", "arguments": {}}]
})";

TEST(Definitions, AreReadFromAFileOfRabbitMq3) {
    const auto got = read(file_3_10);
    ASSERT_EQ(got.users.size(), 1);
    EXPECT_EQ(got.users[0].user.credentials.size(), 1);
    ASSERT_EQ(got.hosts.size(), 2);
    EXPECT_EQ(got.hosts[1].description, "all");
    EXPECT_EQ(got.hosts[1].tags, std::vector<std::string>{"t"});
    EXPECT_EQ(got.permissions.size(), 1);
    EXPECT_EQ(got.topic_permissions.size(), 1);
    ASSERT_EQ(got.limits.size(), 1);
    EXPECT_EQ(got.limits[0].settings.at("max-queues").integer(), 9);
    ASSERT_EQ(got.policies.size(), 2);
    EXPECT_TRUE(got.policies[0].is_operator);
    EXPECT_EQ(got.policies[1].target, topology::PolicyTarget::queues);
    ASSERT_EQ(got.queues.size(), 1);
    EXPECT_EQ(got.queues[0].host, "shop");
    ASSERT_EQ(got.exchanges.size(), 1);
    EXPECT_EQ(got.exchanges[0].kind, topology::ExchangeKind::fan_out);
    EXPECT_EQ(got.bindings.size(), 1);
    ASSERT_EQ(got.parameters.size(), 1);
    EXPECT_EQ(got.parameters[0], (topology::Parameter{"federation-upstream", "shop", "up",
                                                      topology::Table{{"uri", topology::List{"amqp://"}}}}));
    ASSERT_EQ(got.global_parameters.size(), 2);
    EXPECT_EQ(got.global_parameters[0], (topology::Parameter{"", "", "cluster_name", "c"}));
    EXPECT_EQ(json_text(to_json(got.global_parameters[1].value)), R"(["a",1,null,{"b":1.5}])");
    ASSERT_EQ(got.unmapped.size(), 3);
    EXPECT_EQ(got.unmapped[0].name, "s");
    EXPECT_EQ(got.unmapped[0].reason, "Validation failed\n\nKey \"dest-uri\" not found, or no address\n");
    EXPECT_EQ(got.unmapped[1].reason, "Validation failed\n\ncomponent mine not found\n");
    EXPECT_EQ(got.unmapped[2].kind, "exchange");
    EXPECT_EQ(got.unmapped[2].name, "d");
    ASSERT_EQ(got.idle.size(), 1);
    EXPECT_EQ(got.idle[0].name, "up");
}

TEST(Definitions, TellWhatOfPoliciesWeirDoesNothingByAndRefuseWhatNobodyKnows) {
    const auto got = read(R"({"policies": [
        {"vhost": "/", "name": "ha", "pattern": "", "definition": {"ha-mode": "all", "max-length": 1}},
        {"vhost": "/", "name": "odd", "pattern": "", "definition": {"max-lenght": 1}}]})");
    ASSERT_EQ(got.policies.size(), 1);
    ASSERT_EQ(got.idle.size(), 1);
    EXPECT_EQ(got.idle[0].reason, "weir does nothing by ha-mode");
    ASSERT_EQ(got.unmapped.size(), 1);
    EXPECT_EQ(got.unmapped[0].reason, "Validation failed: not recognised policy settings: max-lenght");
}

TEST(Definitions, OfOneVirtualHostGoIntoTheOneThatIsNamed) {
    const auto got = read(R"({"rabbitmq_definition_format": "single_virtual_host", "original_vhost_name": "a",
                              "metadata": {}, "users": [{"name": "x"}], "queues": [{"name": "q"}],
                              "policies": [{"name": "p", "pattern": "", "definition": {"max-length": 1}}]})",
                          "b");
    EXPECT_TRUE(got.users.empty());
    EXPECT_EQ(got.queues.at(0).host, "b");
    EXPECT_EQ(got.policies.at(0).host, "b");
    EXPECT_TRUE(got.unmapped.empty());
}

TEST(Definitions, ThatAreNoneAreRefused) {
    EXPECT_FALSE(read_definitions(Json::array(), std::nullopt));
    EXPECT_FALSE(read_definitions(Json{{"queues", 1}}, std::nullopt));
    const auto odd = read(R"({"queues": [1, {"durable": true}, {"name": "q", "durable": "maybe"}],
                              "users": [{"name": "u", "password_hash": "AAAA"}], "other": []})");
    EXPECT_TRUE(odd.queues.empty());
    ASSERT_EQ(odd.users.size(), 1);  // there, but without a password
    EXPECT_TRUE(odd.users[0].user.credentials.empty());
    EXPECT_EQ(odd.unmapped.size(), 5);
}

}  // namespace
}  // namespace weir::management
