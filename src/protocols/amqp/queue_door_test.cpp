// The door over a whole broker: transactions, direct replies, and ends that the broker brings about.
#include "protocols/amqp/queue_door.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/log_line.hpp"
#include "broker/access/password.hpp"
#include "protocols/amqp/gate.hpp"
#include "protocols/amqp/message_facts.hpp"
#include "runtime/listener.hpp"
#include "support/amqp_client.hpp"
#include "support/temporary_directory.hpp"

namespace weir::amqp {
namespace {

using test::AmqpClient;
using testing::HasSubstr;
using testing::StartsWith;

class QueueDoorTest : public testing::Test {
  protected:
    QueueDoorTest() {
        set_log_level(LogLevel::error);
        broker_ = broker::Broker::open({.store = {.directory = directory_.path("data")},
                                        .file_settings = {},
                                        .serves_queues = true,
                                        .property_reader = &property_reader()},
                                       pool_, runtime::posix_file_system(), system_clock(), system_random())
                      .value();
        gate_.emplace(broker_->queues(), system_clock(), system_random(), usage_);
        environment_.emplace(settings_, system_clock(), *gate_, [this](AmqpSession& session) {
            return std::make_unique<QueueDoor>(session, *broker_, usage_);
        });
        EXPECT_TRUE(broker_->prepare_queues());
        EXPECT_TRUE(prepare(broker_->queues(), system_random()));
        listener_ = runtime::Listener::open({.endpoint = {"127.0.0.1", 0}}, pool_,
                                            [this](std::shared_ptr<runtime::Connection> connection) {
                                                auto session = std::make_shared<AmqpSession>(
                                                    std::move(connection), *environment_);
                                                session->start();
                                                return session;
                                            })
                        .value();
        pool_.start();
    }
    ~QueueDoorTest() override {
        listener_->stop();
        pool_.stop();
        EXPECT_TRUE(broker_->stop());
    }
    std::uint16_t port() const { return listener_->endpoint().port; }

    template <class Request>
    void put(Request request) {
        std::promise<bool> done;
        broker_->queues().change(std::move(request),
                                 [&](auto&& reply) { done.set_value(reply.has_value()); });
        EXPECT_TRUE(done.get_future().get());
    }
    static void declare(AmqpClient& client, std::string_view name) {
        QueueDeclare method;
        method.queue = name;
        EXPECT_THAT(client.ask(method), StartsWith("queue.declare-ok"));
    }
    static std::string ready(AmqpClient& client, std::string_view name) {
        QueueDeclare method;
        method.queue = name;
        method.passive = true;
        return client.ask(method, 2);
    }
    static std::string get(AmqpClient& client, std::string_view name, bool no_ack = true) {
        BasicGet method;
        method.queue = name;
        method.no_ack = no_ack;
        client.send(method);
        return client.body_of("basic.get-");
    }
    static std::string consume(AmqpClient& client, std::string_view name, bool no_ack = true) {
        BasicConsume method;
        method.queue = name;
        method.consumer_tag = "t";
        method.no_ack = no_ack;
        return client.ask(method);
    }
    static std::string code(const std::string& close) {
        const auto at = close.find("\"reply_code\":");
        return at == std::string::npos ? close : close.substr(at + 13, 3);
    }

    test::TemporaryDirectory directory_;
    Settings settings_;
    Usage usage_;
    runtime::ReactorPool pool_{8};  // two queue logs: queues with odd and even ids lie apart
    std::unique_ptr<broker::Broker> broker_;
    std::optional<BrokerGate> gate_;
    std::optional<Environment> environment_;
    std::unique_ptr<runtime::Listener> listener_;
};

TEST_F(QueueDoorTest, ATransactionOverSeveralLogsIsSeenOnceItIsCommitted) {
    AmqpClient client{port()};
    for (const auto* name : {"a", "b", "c"}) declare(client, name);
    client.ask(TxSelect{});
    for (const auto* name : {"a", "b", "c", "a"}) client.publish("", name, "m");
    EXPECT_THAT(ready(client, "a"), HasSubstr("\"message_count\":0"));
    EXPECT_THAT(client.ask(TxCommit{}), StartsWith("tx.commit-ok"));
    EXPECT_THAT(ready(client, "a"), HasSubstr("\"message_count\":2"));
    EXPECT_THAT(ready(client, "b"), HasSubstr("\"message_count\":1"));
    EXPECT_THAT(ready(client, "c"), HasSubstr("\"message_count\":1"));
    client.publish("", "a", "m");
    EXPECT_THAT(client.ask(TxRollback{}), StartsWith("tx.rollback-ok"));
    client.ask(TxCommit{});
    EXPECT_THAT(ready(client, "a"), HasSubstr("\"message_count\":2"));
}

TEST_F(QueueDoorTest, WhatATransactionHasAcknowledgedComesBackIfItIsNotCommitted) {
    AmqpClient client{port()};
    declare(client, "q");
    for (const auto* body : {"1", "2"}) client.publish("", "q", body);
    client.ask(TxSelect{});
    EXPECT_EQ(get(client, "q", false), "1");
    EXPECT_EQ(get(client, "q", false), "2");
    BasicAck ack;
    ack.delivery_tag = 1;
    client.send(ack);
    client.ask(TxCommit{});
    ack.delivery_tag = 2;
    client.send(ack);
    EXPECT_THAT(ready(client, "q"), HasSubstr("\"message_count\":0"));
    client.ask(ChannelClose{});
    EXPECT_THAT(ready(client, "q"), HasSubstr("\"message_count\":1"));
}

// What a turn brings for a log goes there together, and before whatever else is asked of it.
TEST_F(QueueDoorTest, WhatAClientHasSentBeforeAMethodIsDoneBeforeIt) {
    AmqpClient client{port()};
    for (const auto* name : {"a", "b"}) declare(client, name);
    for (const auto* body : {"1", "2", "3"}) {
        for (const auto* name : {"a", "b"}) client.publish("", name, body);
    }
    EXPECT_THAT(ready(client, "a"), HasSubstr("\"message_count\":3"));
    EXPECT_THAT(ready(client, "b"), HasSubstr("\"message_count\":3"));
    for (const auto* body : {"1", "2", "3"}) EXPECT_EQ(get(client, "a", false), body);
    BasicAck ack;
    ack.delivery_tag = 1;
    client.send(ack);
    ack.delivery_tag = 3;
    client.send(ack);
    client.publish("", "b", "4");
    EXPECT_THAT(client.ask(ChannelClose{}), StartsWith("channel.close-ok"));
    EXPECT_THAT(ready(client, "a"), HasSubstr("\"message_count\":1")) << "the second comes back";
    EXPECT_THAT(ready(client, "b"), HasSubstr("\"message_count\":4"));
}

// Its settlement waits for others, but not for ever.
TEST_F(QueueDoorTest, AClientThatHoldsMuchGetsAnotherMessageForOneThatItHasSettled) {
    AmqpClient client{port()};
    declare(client, "q");
    for (const auto* body : {"1", "2", "3", "4", "5"}) client.publish("", "q", body);
    BasicQos window;
    window.prefetch_count = 4;
    client.ask(window);
    EXPECT_THAT(consume(client, "q", false), StartsWith("basic.consume-ok"));
    for (const auto* body : {"1", "2", "3", "4"}) EXPECT_EQ(client.body_of("basic.deliver"), body);
    BasicAck ack;
    ack.delivery_tag = 1;
    client.send(ack);
    EXPECT_EQ(client.body_of("basic.deliver"), "5");
}

TEST_F(QueueDoorTest, ATransactionHasALimit) {
    AmqpClient client{port()};
    declare(client, "q");
    client.ask(TxSelect{});
    const std::string body(15 << 20, 'x');
    for (int i = 0; i < 3; ++i) client.publish("", "q", body);
    EXPECT_THAT(client.ask(TxCommit{}), HasSubstr("more than 33554432 bytes of uncommitted transactions"));
    EXPECT_THAT(ready(client, "q"), HasSubstr("\"message_count\":0"));
    AmqpClient other{port()};
    other.ask(TxSelect{});
    other.publish("", "q", body);
    EXPECT_THAT(other.ask(TxCommit{}), StartsWith("tx.commit-ok"));
}

TEST_F(QueueDoorTest, RepliesGoStraightToWhoAsked) {
    AmqpClient asking{port()}, serving{port()};
    declare(serving, "service");
    consume(serving, "service");
    consume(asking, direct_reply_queue);
    Properties properties;
    properties.reply_to = direct_reply_queue;
    asking.publish("", "service", "ask", properties);
    EXPECT_EQ(serving.body_of("basic.deliver"), "ask");
    const auto address = serving.reply_to;
    EXPECT_THAT(address, StartsWith("amq.rabbitmq.reply-to."));
    for (int i = 0; i < 2; ++i) {
        serving.publish("", address, "answer");
        EXPECT_EQ(asking.body_of("basic.deliver"), "answer");
    }
    EXPECT_THAT(ready(serving, address), HasSubstr("\"consumer_count\":1"));
    asking.ask(ChannelClose{});
    EXPECT_EQ(code(ready(serving, address)), "404");
}

TEST_F(QueueDoorTest, ConsumersAreToldOfTheirQueuesEnd) {
    AmqpClient client{port()}, other{port()};
    declare(client, "q");
    consume(client, "q");
    QueueDelete method;
    method.queue = "q";
    other.ask(method);
    EXPECT_THAT(client.wait("basic.cancel"), HasSubstr("\"consumer_tag\":\"t\""));
}

TEST_F(QueueDoorTest, ANewSecretEndsConsumersOfWhatTheUserMayNotReadAnyMore) {
    put(topology::PutUser{
        {.name = "anna", .credentials = {access::make_credential("anna", system_random()).value()}}});
    const auto may_read = [this](const char* names) {
        put(topology::SetPermissions{
            {.user = "anna", .host = "/", .configure = ".*", .write = ".*", .read = names}});
    };
    may_read(".*");
    AmqpClient client{port(), "anna"};
    for (const auto* name : {"left", "lost"}) {
        declare(client, name);
        BasicConsume method;
        method.queue = method.consumer_tag = name;
        EXPECT_THAT(client.ask(method), StartsWith("basic.consume-ok"));
    }
    may_read("left");
    client.send(ConnectionUpdateSecret{}, 0);
    EXPECT_THAT(client.wait("connection.update-secret-ok"), StartsWith("connection.update-secret-ok"));
    EXPECT_THAT(client.wait("basic.cancel"), HasSubstr("\"consumer_tag\":\"lost\""));
    client.publish("", "lost", "m");
    client.publish("", "left", "m");
    EXPECT_EQ(client.body_of("basic.deliver"), "m");
    EXPECT_THAT(ready(client, "lost"), HasSubstr("\"message_count\":1,\"consumer_count\":0"));
}

TEST_F(QueueDoorTest, WhoPublishesWaitsWhileResourcesAreLow) {
    AmqpClient publisher{port()}, consumer{port()};
    declare(publisher, "q");
    environment_->sessions->set_low("disk");
    publisher.publish("", "q", "m");
    EXPECT_EQ(publisher.wait("connection.blocked"), "connection.blocked {\"reason\":\"low on disk\"}");
    EXPECT_THAT(consume(consumer, "q"), StartsWith("basic.consume-ok"));
    AmqpClient late{port()};
    late.publish("", "q", "late");
    EXPECT_THAT(late.wait("connection.blocked"), HasSubstr("disk"));
    environment_->sessions->set_low("");
    EXPECT_THAT(publisher.wait("connection.unblocked"), StartsWith("connection.unblocked"));
    EXPECT_THAT(late.ask(BasicQos{}), StartsWith("basic.qos-ok"));
}

TEST_F(QueueDoorTest, ClientsAreToldOfTheBrokersEnd) {
    AmqpClient client{port()}, mute{port()};
    client.ask(BasicQos{});
    environment_->sessions->shut_down("broker forced connection closure with reason 'shutdown'");
    EXPECT_THAT(
        client.wait("connection.close"),
        HasSubstr("320,\"reply_text\":\"CONNECTION_FORCED - broker forced connection closure with reason "
                  "'shutdown'\""));
    EXPECT_EQ(environment_->sessions->count(), 2u);
    client.send(ConnectionCloseOk{}, 0);
    EXPECT_EQ(client.wait("nothing"), "") << "the connection has ended";
    mute.send(ConnectionCloseOk{}, 0);
    EXPECT_TRUE(environment_->sessions->wait_until_none(10'000));
}

TEST_F(QueueDoorTest, WhoPollsAnEmptyQueueWaitsAMoment) {
    auto settings = settings_;
    settings.empty_queue_wait_ms = 1'000;
    environment_->settings.set(settings);
    AmqpClient polling{port()}, publishing{port()};
    declare(polling, "q");
    BasicGet method;
    method.queue = "q";
    method.no_ack = true;
    polling.send(method);
    publishing.publish("", "q", "m");
    EXPECT_EQ(polling.body_of("basic.get-"), "m");
    polling.send(method);
    EXPECT_THAT(polling.wait("basic.get-"), StartsWith("basic.get-empty"));
}

TEST_F(QueueDoorTest, AChannelThatWaitsHoldsBackNoOther) {
    auto settings = settings_;
    settings.empty_queue_wait_ms = 1'000;
    environment_->settings.set(settings);
    AmqpClient client{port()};
    declare(client, "q");
    EXPECT_THAT(client.ask(BasicQos{}, 2), StartsWith("basic.qos-ok"));
    BasicGet get;
    get.queue = "q";
    client.send(get, 1);
    client.send(get, 2);
    client.send(BasicQos{}, 1);
    EXPECT_THAT(client.ask(ConfirmSelect{}, 3), StartsWith("confirm.select-ok"));
    EXPECT_THAT(client.passed, testing::Not(testing::Contains(StartsWith("basic.get-empty"))));
    EXPECT_THAT(client.wait("basic.get-"), StartsWith("basic.get-empty"));
    EXPECT_THAT(client.wait("basic.qos-ok"), StartsWith("basic.qos-ok"));
    EXPECT_THAT(client.ask(BasicQos{}, 2), StartsWith("basic.qos-ok")) << "after the other basic.get-empty";
}

// An exclusive queue goes also if its connection did not live to see it.
TEST_F(QueueDoorTest, AQueueWhoseConnectionEndsMeanwhileGoesToo) {
    QueueDeclare method;
    method.queue = "mine";
    method.exclusive = true;
    {
        AmqpClient client{port()};
        client.ask(BasicQos{});
        client.send(method);
    }
    AmqpClient other{port()};
    std::string answer;
    for (ChannelNumber channel = 1; channel < 2000 && !answer.starts_with("queue.declare-ok"); ++channel)
        answer = other.ask(method, channel);
    EXPECT_THAT(answer, StartsWith("queue.declare-ok"));
}

TEST_F(QueueDoorTest, EachVirtualHostHasStreamsOfItsOwn) {
    put(topology::PutVirtualHost{{.name = "a/b", .settings = {{"default-queue-type", "stream"}}},
                                 predeclared_exchanges()});
    put(topology::SetPermissions{
        {.user = "guest", .host = "a/b", .configure = ".*", .write = ".*", .read = ".*"}});
    AmqpClient there{port(), "guest", "a/b"}, here{port()};
    QueueDeclare method;
    method.queue = "s";
    method.durable = true;
    EXPECT_THAT(there.ask(method), HasSubstr("\"queue\":\"s\"")) << "of the host's type";
    EXPECT_EQ(broker_->topics().find("s"), nullptr);
    EXPECT_NE(broker_->topics().find("vhost.a-2Fb.s"), nullptr);
    for (const auto& [name, channel] : {std::pair{"s", 5}, {"vhost.a-2Fb.s", 6}}) {
        QueueDeclare passive;
        passive.queue = name;
        passive.passive = true;
        EXPECT_EQ(code(here.ask(passive, static_cast<ChannelNumber>(channel))), "404") << name;
    }
    QueueBind bind;
    bind.queue = "s";
    bind.exchange = "amq.fanout";
    EXPECT_THAT(there.ask(bind), StartsWith("queue.bind-ok"));
    there.ask(ConfirmSelect{});
    there.publish("", "s", "by its name");
    there.publish("amq.fanout", "k", "by an exchange");
    here.publish("", "s", "lost");
    here.publish("", "vhost.a-2Fb.s", "lost");
    EXPECT_THAT(here.ask(BasicQos{}, 3), StartsWith("basic.qos-ok"));
    BasicQos window;
    window.prefetch_count = 10;
    there.ask(window, 2);
    BasicConsume consume;
    consume.queue = "s";
    TableWriter arguments;
    arguments.add("x-stream-offset", "first");
    consume.arguments = arguments.table();
    EXPECT_THAT(there.ask(consume, 2), StartsWith("basic.consume-ok"));
    EXPECT_EQ(there.body_of("basic.deliver"), "by its name");
    const auto second = there.wait("basic.deliver");
    EXPECT_THAT(second, HasSubstr("\"exchange\":\"amq.fanout\",\"routing_key\":\"k\""));
    EXPECT_EQ(there.body(), "by an exchange");
    method.queue = "vhost.a-2Fb.t";
    TableWriter stream;
    stream.add("x-queue-type", "stream");
    method.arguments = stream.table();
    EXPECT_THAT(here.ask(method, 4), HasSubstr("has a name of another virtual host's streams"));
    QueueDelete gone;
    gone.queue = "s";
    EXPECT_THAT(there.ask(gone, 3), StartsWith("queue.delete-ok"));
    EXPECT_EQ(broker_->topics().find("vhost.a-2Fb.s"), nullptr);
}

TEST_F(QueueDoorTest, OnlyImpersonatorsPublishInAnothersName) {
    for (const auto& [name, tags] :
         {std::pair<const char*, std::vector<std::string>>{"plain", {}}, {"actor", {"impersonator"}}}) {
        put(topology::PutUser{{.name = name,
                               .credentials = {access::make_credential(name, system_random()).value()},
                               .tags = tags}});
        put(topology::SetPermissions{
            {.user = name, .host = "/", .configure = ".*", .write = ".*", .read = ".*"}});
    }
    AmqpClient plain{port(), "plain"}, actor{port(), "actor"};
    declare(actor, "q");
    Properties properties;
    properties.user_id = "another";
    actor.publish("", "q", "m", properties);
    EXPECT_EQ(get(actor, "q"), "m");
    plain.publish("", "q", "m", properties);
    EXPECT_THAT(plain.ask(BasicQos{}), HasSubstr("user_id property set to 'another'"));
}

TEST_F(QueueDoorTest, TheAnonymousAreTheGuest) {
    EXPECT_EQ(gate_->refuse_login(decode_credentials("ANONYMOUS", "trace").value(), {"127.0.0.1", 1}),
              std::nullopt);
    EXPECT_NE(gate_->refuse_login(decode_credentials("ANONYMOUS", "trace").value(), {"192.0.2.1", 1}),
              std::nullopt);
    put(topology::PutUser{
        {.name = "guest", .credentials = {access::make_credential("secret", system_random()).value()}}});
    EXPECT_NE(gate_->refuse_login(decode_credentials("ANONYMOUS", "trace").value(), {"127.0.0.1", 1}),
              std::nullopt);
}

TEST_F(QueueDoorTest, WhatIsNotDurableEndsWithTheDoor) {
    AmqpClient client{port()};
    QueueDeclare method;
    method.queue = "kept";
    method.durable = true;
    client.ask(method);
    declare(client, "fleeting");
    for (const auto* name : {"kept", "fleeting"}) client.publish("", name, "m");
    EXPECT_TRUE(broker_->prepare_queues());
    EXPECT_THAT(ready(client, "kept"), HasSubstr("\"message_count\":1"));
    EXPECT_EQ(code(ready(client, "fleeting")), "404");
    AmqpClient other{port()};
    declare(other, "fleeting");
    EXPECT_THAT(ready(other, "fleeting"), HasSubstr("\"message_count\":0"));
}

TEST_F(QueueDoorTest, UsersAndHostsHaveLimits) {
    put(topology::PutVirtualHost{{.name = "small", .settings = {{"max-connections", 1}, {"max-queues", 1}}}});
    put(topology::PutUser{{.name = "few",
                           .credentials = {access::make_credential("few", system_random()).value()},
                           .settings = {{"max-connections", 2}, {"max-channels", 1}}}});
    for (const auto* host : {"/", "small"})
        put(topology::SetPermissions{
            {.user = "few", .host = host, .configure = ".*", .write = ".*", .read = ".*"}});
    AmqpClient small{port(), "few", "small"};
    declare(small, "q");
    EXPECT_THAT(AmqpClient(port(), "few", "small").refusal(), HasSubstr("connection limit (1) is reached"));
    AmqpClient another{port(), "few"};
    EXPECT_EQ(another.refusal(), "");
    EXPECT_THAT(AmqpClient(port(), "few").refusal(), HasSubstr("user connection limit (2) is reached"));
    another.send(BasicQos{});  // for which it opens a channel
    EXPECT_THAT(another.refusal(), HasSubstr("maximum allowed user limit of (1)"));
    another.send(ConnectionCloseOk{}, 0);
    another.wait("nothing");
    EXPECT_EQ(AmqpClient(port(), "few").refusal(), "") << "who has gone does not count";
    QueueDeclare second;
    second.queue = "second";
    EXPECT_THAT(small.ask(second), HasSubstr("queue limit in vhost 'small' (1) is reached"));
}

TEST_F(QueueDoorTest, WhatPassesInATracedHostIsPublishedOnceMore) {
    AmqpClient client{port()};
    for (const auto* name : {"work", "firehose"}) declare(client, name);
    QueueBind bind;
    bind.queue = "firehose";
    bind.exchange = "amq.rabbitmq.trace";
    bind.routing_key = "#";
    EXPECT_THAT(client.ask(bind), StartsWith("queue.bind-ok"));
    const auto trace = [&](bool on) {
        put(topology::PutVirtualHost{{.name = "/", .settings = {{"tracing", on}}}});
    };
    const auto pass = [&](std::string_view body) {
        client.publish("", "work", body);
        EXPECT_EQ(get(client, "work"), body);
    };
    pass("before");
    trace(true);
    pass("meanwhile");
    client.publish("", "nowhere", "lost");
    client.ask(BasicQos{});  // once it is answered the publish is traced
    trace(false);
    pass("after");
    client.publish("", "firehose", "last");
    std::vector<std::string> seen, headers;
    do {
        seen.push_back(get(client, "firehose"));
        headers.push_back(client.headers);
    } while (seen.size() < 4 && seen.back() != "last");
    EXPECT_THAT(seen, testing::ElementsAre("meanwhile", "meanwhile", "lost", "last"));
    ASSERT_EQ(headers.size(), 4u);
    EXPECT_THAT(headers[0], HasSubstr(R"("routing_keys":{"A":[{"S":"work"}]})"));
    EXPECT_THAT(headers[0], HasSubstr(R"("user":{"S":"guest"},"routed_queues":{"A":[{"S":"work"}]})"));
    EXPECT_THAT(headers[1], HasSubstr(R"("user":{"S":"guest"},"redelivered":{"I":0})"));
    EXPECT_THAT(headers[2], HasSubstr(R"("routed_queues":{"A":[]})"));
    EXPECT_EQ(headers[3], "");
}

}  // namespace
}  // namespace weir::amqp
