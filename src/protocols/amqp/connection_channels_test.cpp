// Channels, closing and blocking by scripted bytes: points 11 to 13 and 15 of what RabbitMQ's clients rely
// on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/scripted_amqp.hpp"

namespace weir::amqp {
namespace {

using test::closed;
using test::ScriptedAmqp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Ending = ConnectionMachine::Ending;

// ---- 11: opening channels.

TEST(Channels, OpenUnderAnyNumber) {
    ScriptedAmqp client;
    client.connect();
    EXPECT_THAT(client.method(65535, ChannelOpen{}),
                ElementsAre(R"(65535 channel.open-ok {"channel_id":""})"));
    EXPECT_THAT(client.events, ElementsAre("opened 65535"));
    EXPECT_EQ(client.machine->channels(), 2u);
}

TEST(Channels, AreLimitedAsAgreed) {
    ScriptedAmqp client;
    client.connect(2);
    client.method(2, ChannelOpen{});
    EXPECT_THAT(client.method(3, ChannelOpen{}),
                ElementsAre(closed(530,
                                   "NOT_ALLOWED - number of channels opened (2) has reached the negotiated "
                                   "channel_max (2)")));
}

TEST(Channels, MustBeOpenedFirstAndOnce) {
    ScriptedAmqp client, again;
    client.connect();
    EXPECT_THAT(client.method(2, QueueDeclare{}),
                ElementsAre(closed(504, "CHANNEL_ERROR - expected 'channel.open'", QueueDeclare::info.id)));
    again.connect();
    EXPECT_THAT(again.method(1, ChannelOpen{}),
                ElementsAre(closed(504, "CHANNEL_ERROR - second 'channel.open' seen", ChannelOpen::info.id)));
}

TEST(Channels, HandTheirMethodsToTheHandler) {
    ScriptedAmqp client;
    client.connect();
    QueueDeclare declare;
    declare.queue = "orders";
    client.method(1, declare);
    client.method(1, BasicAck{});
    client.method(1, ConfirmSelect{});
    client.method(1, TxCommit{});
    client.method(1, BasicRecoverAsync{});
    client.method(1, ExchangeUnbind{});
    EXPECT_THAT(client.events,
                ElementsAre(HasSubstr("method 1 queue.declare {\"ticket\":0,\"queue\":\"orders\""),
                            HasSubstr("basic.ack"), HasSubstr("confirm.select"), HasSubstr("tx.commit"),
                            HasSubstr("basic.recover-async"), HasSubstr("exchange.unbind")));
}

TEST(Channels, AnswerTheirOwnMethods) {
    ScriptedAmqp client;
    client.connect();
    ChannelFlow flow;
    flow.active = true;
    EXPECT_THAT(client.method(1, flow), ElementsAre(R"(1 channel.flow-ok {"active":true})"));
    EXPECT_THAT(client.method(1, AccessRequest{}), ElementsAre(R"(1 access.request-ok {"ticket":1})"));
    flow.active = false;
    EXPECT_THAT(client.method(1, flow),
                ElementsAre(closed(540, "NOT_IMPLEMENTED - active=false", ChannelFlow::info.id)));
    EXPECT_THAT(client.events, ElementsAre("closed 1", "gone"));
}

TEST(Channels, RefuseWhatOnlyAServerSays) {
    const auto refused = [](const auto& method) {
        ScriptedAmqp client;
        client.connect();
        EXPECT_THAT(client.method(1, method),
                    ElementsAre(closed(503, "COMMAND_INVALID - unimplemented method", method.info.id)));
    };
    refused(QueueDeclareOk{});
    refused(BasicDeliver{});
    refused(ChannelCloseOk{});
    refused(ConnectionOpen{});
    refused(AccessRequestOk{});
}

// ---- 12: soft and hard errors, and closing.

TEST(SoftError, EndsTheChannelAndSwallowsWhatFollows) {
    ScriptedAmqp client;
    client.connect();
    client.method(2, ChannelOpen{});
    client.events.clear();
    client.serve = [&](ChannelNumber channel, const AnyMethod& method) {
        client.machine->fail(channel,
                             {ReplyCode::not_found, "no queue 'q' in vhost '/'", info_of(method).id});
    };
    EXPECT_THAT(client.method(1, QueueDeclare{}),
                ElementsAre(ScriptedAmqp::close_line(1, 404, "NOT_FOUND - no queue 'q' in vhost '/'",
                                                     QueueDeclare::info.id)));
    EXPECT_EQ(client.events.back(), "closed 1");
    client.events.clear();
    client.bytes(ScriptedAmqp::publish(1, "e", "k", "lost"));
    EXPECT_THAT(client.method(1, QueueDeclare{}), IsEmpty());
    EXPECT_THAT(client.events, IsEmpty());
    EXPECT_THAT(client.method(1, ChannelClose{}), ElementsAre("1 channel.close-ok {}"));  // it crossed ours
    EXPECT_THAT(client.method(1, ChannelCloseOk{}), IsEmpty());
    EXPECT_THAT(client.method(1, ChannelOpen{}), ElementsAre(HasSubstr("1 channel.open-ok")));
    EXPECT_THAT(client.events, ElementsAre("opened 1"));
    client.serve = nullptr;
    client.method(2, QueueDeclare{});  // the other one has gone on
    EXPECT_THAT(client.events.back(), HasSubstr("method 2 queue.declare"));
}

TEST(SoftError, WhatCrossesTheEndIsSwallowedForAMoment) {
    ScriptedAmqp client;
    client.connect();
    const auto end = [&] {
        client.machine->fail(1, {ReplyCode::not_found, "no"});
        EXPECT_THAT(client.said(), ElementsAre(HasSubstr("1 channel.close {")));
        client.method(1, ChannelCloseOk{});
        client.events.clear();
    };
    end();
    EXPECT_THAT(client.method(1, BasicQos{}), IsEmpty());
    client.bytes(ScriptedAmqp::publish(1, "e", "k", "lost"));
    EXPECT_THAT(client.method(1, ChannelOpen{}), ElementsAre(HasSubstr("1 channel.open-ok")));
    client.method(1, BasicQos{});
    EXPECT_THAT(client.events, ElementsAre("opened 1", HasSubstr("method 1 basic.qos")));
    end();
    client.clock.advance_ms(1'000);
    EXPECT_THAT(client.method(1, BasicQos{}),
                ElementsAre(closed(504, "CHANNEL_ERROR - expected 'channel.open'", BasicQos::info.id)));
}

TEST(SoftError, RepliesOfTheHandlersAreDroppedAfterIt) {
    ScriptedAmqp client;
    client.connect();
    client.machine->fail(1, {ReplyCode::precondition_failed, "unknown delivery tag 7", BasicAck::info.id});
    client.machine->fail(1, {ReplyCode::precondition_failed, "again", BasicAck::info.id});
    client.machine->send(1, QueueDeclareOk{});
    client.machine->send_content(1, BasicDeliver{}, {}, {});
    EXPECT_THAT(client.said(),
                ElementsAre(ScriptedAmqp::close_line(1, 406, "PRECONDITION_FAILED - unknown delivery tag 7",
                                                     BasicAck::info.id)));
    EXPECT_THAT(client.events, ElementsAre("closed 1"));
}

TEST(HardError, EndsTheConnectionAndSwallowsAllButClose) {
    ScriptedAmqp client;
    client.connect(2047, 131'072, 10);
    client.method(7, ChannelOpen{});
    client.events.clear();
    client.machine->fail(
        7, {ReplyCode::not_allowed, "attempt to reuse consumer tag 't'", BasicConsume::info.id});
    EXPECT_THAT(client.said(), ElementsAre(closed(530, "NOT_ALLOWED - attempt to reuse consumer tag 't'",
                                                  BasicConsume::info.id)));
    EXPECT_THAT(client.events, ElementsAre("closed 1", "closed 7", "gone"));
    EXPECT_THAT(client.method(1, QueueDeclare{}), IsEmpty());
    EXPECT_THAT(client.method(0, ConnectionTuneOk{}), IsEmpty());
    EXPECT_THAT(client.method(0, ConnectionClose{}), ElementsAre("0 connection.close-ok {}"));
    EXPECT_EQ(client.machine->ending(), Ending::none);
    client.method(0, ConnectionCloseOk{});
    EXPECT_EQ(client.machine->ending(), Ending::finished);
    EXPECT_EQ(client.machine->reason(), "NOT_ALLOWED - attempt to reuse consumer tag 't'");
    EXPECT_EQ(client.events.size(), 3u);
}

TEST(HardError, AClientThatDoesNotAnswerIsDroppedAfterItsHeartbeatTimeout) {
    ScriptedAmqp client;
    client.connect(2047, 131'072, 10);
    client.machine->shut_down("broker forced connection closure with reason 'shutdown'");
    EXPECT_THAT(client.said(),
                ElementsAre(closed(320,
                                   "CONNECTION_FORCED - broker forced connection closure with reason "
                                   "'shutdown'")));
    EXPECT_EQ(client.machine->next_ms(), client.clock.monotonic_ms() + 10'000);
    client.clock.advance_ms(10'000);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::finished);
}

TEST(Close, OfAChannelIsAnsweredOnceAllIsGivenBack) {
    ScriptedAmqp client;
    client.connect();
    client.releases = false;
    EXPECT_THAT(client.method(1, ChannelClose{}), IsEmpty());
    EXPECT_THAT(client.method(1, ChannelOpen{}), IsEmpty());  // waits
    EXPECT_THAT(client.method(2, ChannelOpen{}), ElementsAre(HasSubstr("2 channel.open-ok")));
    client.release();
    EXPECT_THAT(client.said(), ElementsAre("1 channel.close-ok {}", HasSubstr("1 channel.open-ok")));
    EXPECT_THAT(client.events, ElementsAre("closed 1", "opened 2", "opened 1"));
}

TEST(Close, AFailedChannelsNumberIsFreeOnceAllIsGivenBack) {
    ScriptedAmqp client;
    client.connect();
    client.releases = false;
    client.machine->fail(1, {ReplyCode::not_found, "no"});
    EXPECT_THAT(client.said(), ElementsAre(HasSubstr("1 channel.close {")));
    client.method(1, ChannelCloseOk{});
    EXPECT_THAT(client.method(1, ChannelOpen{}), IsEmpty());
    client.release();
    EXPECT_THAT(client.said(), ElementsAre(HasSubstr("1 channel.open-ok")));
    EXPECT_THAT(client.events, ElementsAre("closed 1", "opened 1"));
}

TEST(Close, OfTheConnectionIsAnsweredOnceAllIsGivenBack) {
    ScriptedAmqp client;
    client.connect();
    client.method(2, ChannelOpen{});
    client.releases = false;
    client.events.clear();
    EXPECT_THAT(client.method(0, ConnectionClose{}), IsEmpty());
    EXPECT_THAT(client.events, ElementsAre("closed 1", "closed 2"));
    client.release();
    EXPECT_THAT(client.said(), IsEmpty());
    client.release();
    EXPECT_THAT(client.events, ElementsAre("closed 1", "closed 2", "gone"));
    EXPECT_THAT(client.said(), IsEmpty());
    client.release();
    EXPECT_THAT(client.said(), ElementsAre("0 connection.close-ok {}"));
    EXPECT_EQ(client.machine->ending(), Ending::none);  // the client may go first
    client.clock.advance_ms(max_closing_ms);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::finished);
    EXPECT_EQ(client.machine->reason(), "");
}

TEST(Close, OfAClosedChannelsNumberIsFreeAtOnce) {
    ScriptedAmqp client;
    client.connect(1);
    for (int i = 0; i < 5; ++i) {
        EXPECT_THAT(client.method(1, ChannelClose{}), ElementsAre("1 channel.close-ok {}"));
        EXPECT_THAT(client.method(1, ChannelOpen{}), ElementsAre(HasSubstr("open-ok")));
    }
}

TEST(Close, ALostSocketGivesAllBack) {
    ScriptedAmqp client;
    client.connect();
    client.bytes(ScriptedAmqp::publish(1, "e", "k", "half a message"));
    client.events.clear();
    client.machine->disconnected();
    client.machine->disconnected();
    EXPECT_THAT(client.events, ElementsAre("closed 1", "gone"));
}

TEST(Close, AReleaseThatComesAfterTheSocketWentIsNothing) {
    ScriptedAmqp client;
    client.connect();
    client.releases = false;
    client.method(1, ChannelClose{});
    client.machine->disconnected();
    client.release();
    EXPECT_THAT(client.said(), IsEmpty());
}

TEST(Close, AClientMayCloseDuringTheHandshake) {
    ScriptedAmqp client;
    client.header();
    EXPECT_THAT(client.method(0, ConnectionClose{}), ElementsAre("0 connection.close-ok {}"));
    EXPECT_THAT(client.events, IsEmpty());
}

TEST(ShutDown, BeforeTheConnectionIsOpenJustEndsIt) {
    ScriptedAmqp client;
    client.header();
    client.machine->shut_down("the node stops");
    EXPECT_EQ(client.machine->ending(), Ending::finished);
    EXPECT_THAT(client.said(), IsEmpty());
}

// ---- 13: pipelining.

TEST(Pipelining, MethodsAreHandledInOrderWithoutWaiting) {
    Bytes all;
    append_method(all, 2, ChannelOpen{});
    append_method(all, 2, QueueDeclare{});
    const auto message = ScriptedAmqp::publish(2, "", "q", "m");
    all.insert(all.end(), message.begin(), message.end());
    append_method(all, 2, QueueDelete{});
    append_method(all, 2, ChannelClose{});
    append_method(all, 2, ChannelOpen{});
    append_method(all, 0, ConnectionClose{});
    for (const std::size_t step : {std::size_t{1}, all.size()}) {
        ScriptedAmqp client;
        client.connect();
        client.bytes(all, step);
        EXPECT_THAT(client.events, ElementsAre("opened 2", HasSubstr("queue.declare"), HasSubstr("publish 2"),
                                               HasSubstr("queue.delete"), "closed 2", "opened 2", "closed 1",
                                               "closed 2", "gone"));
        EXPECT_THAT(client.said(), ElementsAre(HasSubstr("2 channel.open-ok"), "2 channel.close-ok {}",
                                               HasSubstr("2 channel.open-ok"), "0 connection.close-ok {}"));
    }
}

TEST(Pipelining, AHandlerMayHoldBackWhatFollows) {
    ScriptedAmqp client;
    client.connect();
    client.serve = [&](ChannelNumber, const AnyMethod&) { client.machine->hold(); };
    Bytes two;
    append_method(two, 1, QueueDeclare{});
    append_method(two, 1, QueuePurge{});
    client.bytes(two);
    EXPECT_THAT(client.events, ElementsAre(HasSubstr("queue.declare")));
    EXPECT_FALSE(client.machine->wants_input());
    client.machine->send(1, QueueDeclareOk{});
    client.machine->resume();
    EXPECT_THAT(client.events, ElementsAre(HasSubstr("queue.declare"), HasSubstr("queue.purge")));
    client.machine->resume();
    EXPECT_TRUE(client.machine->wants_input());
}

TEST(Output, IsAnnouncedOnce) {
    ScriptedAmqp client;
    client.connect();
    client.machine->send(1, QueueDeclareOk{});
    client.machine->send(1, QueueDeclareOk{});
    EXPECT_EQ(client.outputs_told, 1);
    EXPECT_EQ(client.said().size(), 2u);
    client.machine->send(1, QueueDeclareOk{});
    EXPECT_EQ(client.outputs_told, 1);
}

TEST(Output, DeliveriesWaitForAClientThatDoesNotTakeThem) {
    Settings settings;
    settings.max_waiting_bytes = 1'000;
    ScriptedAmqp client(settings);
    client.connect();
    EXPECT_TRUE(client.machine->accepts_deliveries());
    client.machine->send_content(1, BasicDeliver{}, Bytes{0, 0}, Bytes(1'000, 'b'));
    EXPECT_FALSE(client.machine->accepts_deliveries());
    const auto taken = client.machine->take_output().size();
    client.machine->set_unsent(taken);
    EXPECT_FALSE(client.machine->accepts_deliveries());
    client.machine->set_unsent(501);
    EXPECT_THAT(client.events, IsEmpty());
    client.machine->set_unsent(500);
    client.machine->set_unsent(0);
    EXPECT_THAT(client.events, ElementsAre("drained"));
    EXPECT_TRUE(client.machine->accepts_deliveries());
}

// ---- 15: blocking those who publish.

TEST(Blocked, OnlyAClientThatPublishesIsToldAndWaits) {
    ScriptedAmqp client;
    client.connect();
    client.machine->set_low("memory");
    EXPECT_THAT(client.said(), IsEmpty());
    client.method(1, QueueDeclare{});
    EXPECT_TRUE(client.machine->wants_input());
    client.bytes(ScriptedAmqp::publish(1, "e", "k", "one"));
    EXPECT_THAT(client.said(), ElementsAre(R"(0 connection.blocked {"reason":"low on memory"})"));
    EXPECT_FALSE(client.machine->wants_input());
    client.bytes(ScriptedAmqp::publish(1, "e", "k", "two"));  // was under way
    EXPECT_EQ(client.events.size(), 1u);                      // the bodies wait
    client.machine->set_low("memory & disk");
    EXPECT_THAT(client.said(), IsEmpty());
    client.machine->set_low("");
    EXPECT_THAT(client.said(), ElementsAre("0 connection.unblocked {}"));
    EXPECT_TRUE(client.machine->wants_input());
    EXPECT_THAT(client.events.back(), HasSubstr("publish 1 e k"));
    EXPECT_EQ(client.events.size(), 3u);
}

TEST(Blocked, AHeaderIsEnough) {
    ScriptedAmqp client;
    client.connect();
    client.machine->set_low("disk");
    const auto message = ScriptedAmqp::publish(1, "e", "k", "body");
    client.bytes(ByteView{message}.first(message.size() - 12));
    EXPECT_THAT(client.said(), ElementsAre(HasSubstr("low on disk")));
    EXPECT_THAT(client.events, IsEmpty());
    client.bytes(ByteView{message}.last(12));
    client.machine->set_low("");
    EXPECT_THAT(client.events, ElementsAre(HasSubstr("body")));
}

TEST(Blocked, ClientsWithoutTheCapabilityJustWait) {
    ScriptedAmqp client;
    client.able_to_block = false;
    client.connect();
    client.machine->set_low("memory");
    client.bytes(ScriptedAmqp::publish(1, "e", "k", "one"));
    EXPECT_FALSE(client.machine->wants_input());
    client.machine->set_low("");
    EXPECT_TRUE(client.machine->wants_input());
    EXPECT_THAT(client.said(), IsEmpty());
}

TEST(Blocked, AConnectionThatEndsIsReadAgain) {
    ScriptedAmqp client;
    client.connect();
    client.machine->set_low("memory");
    client.bytes(ScriptedAmqp::publish(1, "e", "k", "one"));
    client.machine->shut_down("bye");
    EXPECT_TRUE(client.machine->wants_input());
    client.method(0, ConnectionCloseOk{});
    EXPECT_EQ(client.machine->ending(), Ending::finished);
}

}  // namespace
}  // namespace weir::amqp
