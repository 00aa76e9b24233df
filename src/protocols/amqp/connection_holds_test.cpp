// Channels that wait for something, and others that do not.
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

// A client with the channels 1 and 2, of which 1 is held.
class HeldChannel : public testing::Test {
  protected:
    explicit HeldChannel(Settings settings = {}) : client_(std::move(settings)) {
        client_.connect(2047, 131'072, 10);
        client_.method(2, ChannelOpen{});
        client_.events.clear();
        machine().hold(1);
    }
    ConnectionMachine& machine() { return *client_.machine; }
    void publish(ChannelNumber channel, std::string_view body, std::uint32_t part = 4096) {
        client_.bytes(ScriptedAmqp::publish(channel, "e", "k", body, part));
    }

    ScriptedAmqp client_;
};

TEST_F(HeldChannel, WaitsAloneAndInOrder) {
    client_.method(1, QueueDeclare{});
    publish(1, "one");
    client_.method(2, QueuePurge{});
    publish(2, "two");
    client_.method(1, QueueDelete{});
    EXPECT_THAT(client_.events, ElementsAre(HasSubstr("2 queue.purge"), HasSubstr("publish 2")));
    EXPECT_TRUE(machine().wants_input());
    client_.events.clear();
    machine().resume(1);
    EXPECT_THAT(client_.events,
                ElementsAre(HasSubstr("1 queue.declare"), HasSubstr("publish 1"), HasSubstr("queue.delete")));
}

TEST_F(HeldChannel, IsHeldAgainByWhatHasWaited) {
    client_.serve = [&](ChannelNumber channel, const AnyMethod&) { machine().hold(channel); };
    client_.method(1, QueueDeclare{});
    client_.method(1, QueuePurge{});
    machine().hold(1);
    machine().resume(1);
    EXPECT_THAT(client_.events, IsEmpty()) << "it was held twice";
    machine().resume(1);
    EXPECT_THAT(client_.events, ElementsAre(HasSubstr("queue.declare")));
    publish(1, "last");
    machine().resume(1);
    machine().resume(1);
    EXPECT_THAT(client_.events,
                ElementsAre(HasSubstr("queue.declare"), HasSubstr("queue.purge"), HasSubstr("publish 1")));
}

TEST_F(HeldChannel, AnotherChannelsMessageGoesOnBetweenItsFrames) {
    const auto message = ScriptedAmqp::publish(2, "e", "k", "0123456789", 5);
    const auto half = message.size() - 13;  // the last frame
    client_.bytes(ByteView{message}.first(half));
    publish(1, "abcdefghij", 5);
    machine().resume(1);
    machine().hold(1);
    publish(1, "waits");
    client_.bytes(ByteView{message}.subspan(half));
    EXPECT_THAT(client_.events, ElementsAre(HasSubstr("abcdefghij"), HasSubstr("0123456789")));
}

TEST_F(HeldChannel, PartsOfAMessageWaitToo) {
    const auto message = ScriptedAmqp::publish(1, "e", "k", "0123456789", 4);
    for (std::size_t cut = 1; cut < message.size(); ++cut) {
        client_.events.clear();
        client_.bytes(ByteView{message}.first(cut));
        machine().resume(1);
        EXPECT_THAT(client_.events, IsEmpty()) << cut;
        client_.bytes(ByteView{message}.subspan(cut));
        EXPECT_THAT(client_.events, ElementsAre(HasSubstr("0123456789"))) << cut;
        machine().hold(1);
    }
}

TEST_F(HeldChannel, CloseIsAnsweredAfterWhatCameBefore) {
    client_.method(1, QueueDeclare{});
    EXPECT_THAT(client_.method(1, ChannelClose{}), IsEmpty());
    EXPECT_THAT(client_.method(1, ChannelOpen{}), IsEmpty());
    machine().resume(1);
    EXPECT_THAT(client_.events, ElementsAre(HasSubstr("1 queue.declare"), "closed 1", "opened 1"));
    EXPECT_THAT(client_.said(), ElementsAre("1 channel.close-ok {}", HasSubstr("1 channel.open-ok")));
}

TEST_F(HeldChannel, ErrorsOfOthersDoNotTouchIt) {
    client_.method(1, QueueDeclare{});
    machine().fail(2, {ReplyCode::not_found, "no"});
    EXPECT_THAT(client_.said(), ElementsAre(HasSubstr("2 channel.close {")));
    client_.method(2, ChannelCloseOk{});
    client_.method(2, ChannelOpen{});
    machine().resume(1);
    EXPECT_THAT(client_.events, ElementsAre("closed 2", "opened 2", HasSubstr("1 queue.declare")));
}

TEST_F(HeldChannel, WhatWaitsIsSwallowedAfterItsError) {
    publish(1, "lost");
    machine().fail(1, {ReplyCode::not_found, "no"});
    EXPECT_THAT(client_.said(), ElementsAre(HasSubstr("1 channel.close {")));
    client_.method(1, QueueDeclare{});
    client_.method(1, ChannelCloseOk{});
    EXPECT_THAT(client_.method(1, ChannelOpen{}), IsEmpty()) << "the number is taken until then";
    machine().resume(1);
    EXPECT_THAT(client_.events, ElementsAre("closed 1", "opened 1"));
    EXPECT_THAT(client_.said(), ElementsAre(HasSubstr("1 channel.open-ok")));
}

TEST_F(HeldChannel, TheConnectionsCloseWaitsForWhatCameBefore) {
    client_.method(1, QueueDeclare{});
    EXPECT_THAT(client_.method(0, ConnectionClose{}), IsEmpty());
    EXPECT_THAT(client_.events, IsEmpty());
    EXPECT_FALSE(machine().wants_input());
    machine().resume(1);
    EXPECT_THAT(client_.events, ElementsAre(HasSubstr("1 queue.declare"), "closed 1", "closed 2", "gone"));
    EXPECT_THAT(client_.said(), ElementsAre("0 connection.close-ok {}"));
}

TEST_F(HeldChannel, AConnectionThatIsEndedWaitsForWhatIsUnderWay) {
    client_.method(1, QueueDeclare{});
    client_.method(0, ConnectionClose{});
    machine().fail(2, {ReplyCode::not_allowed, "no"});
    EXPECT_THAT(client_.events, ElementsAre("closed 1", "closed 2"));
    EXPECT_THAT(client_.said(), IsEmpty());
    machine().resume(1);
    EXPECT_THAT(client_.events, ElementsAre("closed 1", "closed 2", "gone"));
    EXPECT_THAT(client_.said(), ElementsAre(closed(530, "NOT_ALLOWED - no")));
    EXPECT_TRUE(machine().wants_input());
}

TEST_F(HeldChannel, ALostSocketDoesNotWait) {
    publish(1, "lost");
    machine().disconnected();
    machine().resume(1);
    EXPECT_EQ(client_.events.size(), 3u);
    EXPECT_EQ(client_.events.back(), "gone");
}

TEST_F(HeldChannel, TheClientsSilenceStillCounts) {
    client_.clock.advance_ms(25'000);
    machine().tick();
    EXPECT_EQ(machine().ending(), ConnectionMachine::Ending::finished);
}

TEST_F(HeldChannel, WhatHasWaitedMindsTheWholeConnectionsHold) {
    publish(1, "one");
    machine().hold();
    machine().resume(1);
    EXPECT_THAT(client_.events, IsEmpty());
    machine().resume();
    EXPECT_THAT(client_.events, ElementsAre(HasSubstr("publish 1")));
    machine().hold(1);
    publish(1, "two");
    machine().set_low("memory");
    publish(1, "three");
    EXPECT_TRUE(machine().wants_input()) << "it has not published yet";
    machine().resume(1);
    EXPECT_EQ(client_.events.size(), 1u) << "its header is enough";
    EXPECT_FALSE(machine().wants_input());
    machine().set_low("");
    EXPECT_THAT(client_.events, ElementsAre(HasSubstr("one"), HasSubstr("two"), HasSubstr("three")));
}

class HeldALot : public HeldChannel {
  protected:
    static constexpr std::size_t limit = 1'000;
    HeldALot() : HeldChannel(limited()) {}
    static Settings limited() {
        Settings settings;
        settings.max_held_bytes = limit;
        return settings;
    }
};

TEST_F(HeldALot, AllInputWaitsUntilHalfIsGone) {
    int sent = 0;
    for (; machine().wants_input(); ++sent) client_.method(1, QueuePurge{});
    EXPECT_LT(sent, 20);
    client_.method(2, QueueDeclare{});
    EXPECT_THAT(client_.events, IsEmpty());
    client_.serve = [&](ChannelNumber channel, const AnyMethod&) { machine().hold(channel); };
    int handled = 0;
    for (; !machine().wants_input(); ++handled) machine().resume(1);
    EXPECT_NEAR(handled, sent / 2, 1);
    EXPECT_THAT(client_.events.back(), HasSubstr("2 queue.declare"));
    for (; handled < sent; ++handled) machine().resume(1);
    EXPECT_EQ(client_.events.size(), static_cast<std::size_t>(sent) + 1);
}

TEST_F(HeldALot, AnEndForgetsIt) {
    while (machine().wants_input()) client_.method(1, QueuePurge{});
    machine().shut_down("bye");
    machine().resume(1);
    EXPECT_THAT(client_.said(), ElementsAre(HasSubstr("0 connection.close {")));
    EXPECT_TRUE(machine().wants_input());
    client_.method(0, ConnectionCloseOk{});
    EXPECT_EQ(machine().ending(), ConnectionMachine::Ending::finished);
}

}  // namespace
}  // namespace weir::amqp
