// Frames and heartbeats by scripted bytes: points 8 and 10 of what RabbitMQ's clients rely on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"
#include "support/scripted_amqp.hpp"

namespace weir::amqp {
namespace {

using test::closed;
using test::ScriptedAmqp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Ending = ConnectionMachine::Ending;

// What an open connection says to these bytes.
ScriptedAmqp::Lines answer(const Bytes& bytes) {
    ScriptedAmqp client;
    client.connect();
    client.bytes(bytes);
    return client.said();
}

constexpr auto publish_id = BasicPublish::info.id;

// ---- 8: heartbeats.

TEST(Heartbeats, AreSentAfterHalfTheTimeoutOfSilence) {
    ScriptedAmqp client;
    client.connect(2047, 131'072, 10);
    EXPECT_EQ(client.machine->next_ms(), client.clock.monotonic_ms() + 5'000);
    client.clock.advance_ms(4'999);
    client.machine->tick();
    EXPECT_THAT(client.said(), IsEmpty());
    client.clock.advance_ms(5'000);
    client.bytes(ScriptedAmqp::frame(8, 0, {}));
    client.machine->tick();
    EXPECT_THAT(client.said(), ElementsAre("0 heartbeat"));
    client.clock.advance_ms(4'999);
    client.machine->tick();
    EXPECT_THAT(client.said(), IsEmpty());
}

TEST(Heartbeats, AnythingSentDelaysTheNext) {
    ScriptedAmqp client;
    client.connect(2047, 131'072, 10);
    client.clock.advance_ms(4'000);
    EXPECT_THAT(client.method(1, ChannelClose{}), ElementsAre("1 channel.close-ok {}"));
    client.clock.advance_ms(4'000);
    client.machine->tick();
    EXPECT_THAT(client.said(), IsEmpty());
    client.clock.advance_ms(1'000);
    client.machine->tick();
    EXPECT_THAT(client.said(), ElementsAre("0 heartbeat"));
}

TEST(Heartbeats, ASilentClientIsDroppedWithoutAWord) {
    ScriptedAmqp client;
    client.connect(2047, 131'072, 10);
    client.clock.advance_ms(20'000);
    client.bytes(Bytes{8});  // any octet counts
    client.clock.advance_ms(24'999);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::none);
    client.said();
    client.clock.advance_ms(1);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::finished);
    EXPECT_THAT(client.said(), IsEmpty());
    EXPECT_THAT(client.events, ElementsAre("closed 1", "gone"));
}

TEST(Heartbeats, ZeroMeansNone) {
    ScriptedAmqp client;
    client.connect(2047, 131'072, 0);
    EXPECT_EQ(client.machine->next_ms(), never_ms);
}

TEST(Heartbeats, NobodyIsWatchedWhileNotRead) {
    ScriptedAmqp client;
    client.connect(2047, 131'072, 10);
    client.machine->hold();
    client.clock.advance_ms(100'000);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::none);
    EXPECT_THAT(client.said(), ElementsAre("0 heartbeat"));  // it still gets its own
    client.machine->resume();
    client.clock.advance_ms(24'999);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::none);
    client.clock.advance_ms(1);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::finished);
}

TEST(Heartbeats, BelongToChannel0) {
    EXPECT_THAT(answer(ScriptedAmqp::frame(8, 1, {})),
                ElementsAre(closed(505, "UNEXPECTED_FRAME - type 8, all octets = <<>>")));
    EXPECT_THAT(answer(ScriptedAmqp::frame(8, 0, as_bytes("x"))),
                ElementsAre(closed(501, "FRAME_ERROR - type 8, all octets = <<\"x\">>: unknown_frame")));
}

// ---- 10: frames.

TEST(Frames, MustEndWithTheirOctet) {
    auto bytes = ScriptedAmqp::frame(3, 1, as_bytes("0123456789abcdefghi"));
    bytes.back() = 0;
    ScriptedAmqp client;
    client.connect();
    client.bytes(bytes);
    EXPECT_THAT(client.said(),
                ElementsAre(closed(501,
                                   "FRAME_ERROR - type 3, first 16 octets = <<\"0123456789abcdef\">>: "
                                   "{invalid_frame_end_marker,0}")));
    EXPECT_THAT(client.method(0, ConnectionCloseOk{}), IsEmpty());  // not read any more
    EXPECT_EQ(client.machine->ending(), Ending::none);
    client.clock.advance_ms(silent_close_delay_ms);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::finished);
}

TEST(Frames, MustNotBeLargerThanAgreed) {
    EXPECT_THAT(answer(ScriptedAmqp::frame(3, 1, Bytes(131'073, 0))),
                ElementsAre(closed(501,
                                   "FRAME_ERROR - type 3, all octets = <<>>: "
                                   "{frame_too_large,131073,131064}")));
}

TEST(Frames, OfUnknownTypesAreRefused) {
    for (const ChannelNumber channel : std::initializer_list<ChannelNumber>{0, 1, 2}) {
        EXPECT_THAT(answer(ScriptedAmqp::frame(5, channel, Bytes{1, 2})),
                    ElementsAre(closed(501, "FRAME_ERROR - type 5, all octets = <<1,2>>: unknown_frame")));
    }
    EXPECT_THAT(answer(ScriptedAmqp::frame(1, 1, Bytes{0, 20, 0})),
                ElementsAre(HasSubstr("type 1, all octets = <<0,20,0>>: unknown_frame")));
    EXPECT_THAT(answer(ScriptedAmqp::frame(2, 1, Bytes{0, 60})), ElementsAre(HasSubstr("unknown_frame")));
}

TEST(Frames, ContentBelongsToNoConnection) {
    EXPECT_THAT(answer(ScriptedAmqp::frame(3, 0, as_bytes("body"))),
                ElementsAre(closed(505, "UNEXPECTED_FRAME - type 3, all octets = <<\"body\">>")));
}

TEST(Frames, MethodsThatCantBeReadAreRefused) {
    EXPECT_THAT(answer(ScriptedAmqp::frame(1, 1, Bytes{0, 50, 0, 10, 0, 0, 5, 'q'})),
                ElementsAre(closed(501, "FRAME_ERROR - cannot decode <<0,0,5,113>>", QueueDeclare::info.id)));
    EXPECT_THAT(answer(ScriptedAmqp::frame(1, 1, Bytes{0, 50, 0, 99})),
                ElementsAre(closed(503, "COMMAND_INVALID - unimplemented method", MethodId{50, 99})));
    EXPECT_THAT(answer(ScriptedAmqp::frame(1, 0, Bytes{0, 10, 0, 99})),
                ElementsAre(closed(503, "COMMAND_INVALID - unimplemented method", MethodId{10, 99})));
}

TEST(Frames, ShortStringsMustBeText) {
    const auto text = "FRAME_ERROR - Malformed UTF-8 in shortstr";
    EXPECT_THAT(answer(ScriptedAmqp::frame(1, 1, Bytes{0, 60, 0, 30, 1, 0xff, 0})),
                ElementsAre(closed(501, text)));
    EXPECT_THAT(answer(ScriptedAmqp::frame(1, 0, Bytes{0, 10, 0, 70, 0, 0, 0, 0, 1, 0xff})),
                ElementsAre(closed(501, text, ConnectionUpdateSecret::info.id)));
}

TEST(Frames, ReplyTextsAreCutToAShortString) {
    const auto lines = answer(ScriptedAmqp::frame(1, 1, [] {
        Bytes payload{0, 50, 0, 10};
        payload.resize(300, 200);
        return payload;
    }()));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], HasSubstr("200,20..."));
}

// ---- 10: a message's frames.

Bytes publish_method() {
    Bytes out;
    append_method(out, 1, BasicPublish{});
    return out;
}
Bytes with(Bytes bytes, const Bytes& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return bytes;
}
Bytes header(std::uint16_t class_id, std::uint16_t weight, std::uint64_t size,
             const Bytes& properties = {0, 0}) {
    Bytes out;
    append_header(out, 1, {class_id, weight, size, properties});
    return out;
}

TEST(Content, NeedsItsHeader) {
    const auto no_header =
        "UNEXPECTED_FRAME - expected content header for class 60, got non content header "
        "frame instead";
    EXPECT_THAT(answer(with(publish_method(), publish_method())),
                ElementsAre(closed(505, no_header, publish_id)));
    EXPECT_THAT(answer(with(publish_method(), ScriptedAmqp::frame(3, 1, as_bytes("x")))),
                ElementsAre(closed(505, no_header, publish_id)));
    EXPECT_THAT(answer(with(publish_method(), header(60, 1, 0))),
                ElementsAre(closed(505, no_header, publish_id)));
    EXPECT_THAT(
        answer(with(publish_method(), header(50, 0, 0))),
        ElementsAre(closed(505,
                           "UNEXPECTED_FRAME - expected content header for class 60, got one for class "
                           "50 instead",
                           publish_id)));
}

TEST(Content, NeedsItsMethodAndItsBody) {
    const auto no_method_text = "UNEXPECTED_FRAME - expected method frame, got non method frame instead";
    EXPECT_THAT(answer(header(60, 0, 1)), ElementsAre(closed(505, no_method_text)));
    EXPECT_THAT(answer(ScriptedAmqp::frame(3, 1, as_bytes("x"))), ElementsAre(closed(505, no_method_text)));
    EXPECT_THAT(answer(with(with(publish_method(), header(60, 0, 2)), publish_method())),
                ElementsAre(closed(
                    505, "UNEXPECTED_FRAME - expected content body, got non content body frame instead",
                    publish_id)));
}

TEST(Content, HasLimits) {
    EXPECT_THAT(
        answer(with(with(publish_method(), header(60, 0, 1)), ScriptedAmqp::frame(3, 1, as_bytes("xy")))),
        ElementsAre(
            closed(501, "FRAME_ERROR - content body frame exceeds remaining content size", publish_id)));
    EXPECT_THAT(answer(with(publish_method(), header(60, 0, 536'870'913))),
                ElementsAre(closed(501,
                                   "FRAME_ERROR - content body size 536870913 exceeds maximum allowed size "
                                   "536870912",
                                   publish_id)));
    EXPECT_THAT(
        answer(with(publish_method(), header(60, 0, 134'217'729))),
        ElementsAre(ScriptedAmqp::close_line(
            1, 406,
            "PRECONDITION_FAILED - message size 134217729 is larger than configured max size 134217728",
            publish_id)));
}

TEST(Content, PropertiesMustBeReadable) {
    EXPECT_THAT(answer(with(publish_method(), header(60, 0, 0, Bytes{0x80, 0, 5, 'a'}))),
                ElementsAre(HasSubstr("\"reply_code\":502,\"reply_text\":\"SYNTAX_ERROR - properties: field "
                                      "'content_type' at byte 3 is cut short\"")));
}

TEST(Content, UnfinishedBodiesOfAConnectionAreLimited) {
    Settings settings;
    settings.max_unfinished_bytes = 100'000;
    ScriptedAmqp client(settings);
    client.connect();
    client.bytes(with(publish_method(), header(60, 0, 1'000'000)));
    client.bytes(ScriptedAmqp::frame(3, 1, Bytes(100'000, 'b')));
    EXPECT_THAT(client.said(), IsEmpty());
    client.bytes(ScriptedAmqp::frame(3, 1, Bytes(1, 'b')));
    EXPECT_THAT(client.said(), ElementsAre(HasSubstr("RESOURCE_ERROR - more than 100000 bytes")));
}

TEST(Content, UnfinishedBytesAreCountedBackWhenAMessageIsWholeOrItsChannelEnds) {
    Settings settings;
    settings.max_unfinished_bytes = 10'000;
    ScriptedAmqp client(settings);
    client.connect();
    for (int i = 0; i < 20; ++i) client.bytes(ScriptedAmqp::publish(1, "e", "k", std::string(9'000, 'b')));
    for (int i = 0; i < 20; ++i) {
        client.bytes(with(publish_method(), header(60, 0, 20'000)));
        client.bytes(ScriptedAmqp::frame(3, 1, Bytes(9'000, 'b')));
        client.machine->fail(1, {ReplyCode::not_found, "no"});
        client.method(1, ChannelCloseOk{});
        EXPECT_THAT(client.method(1, ChannelOpen{}), ElementsAre(HasSubstr("open-ok")));
    }
    EXPECT_TRUE(client.machine->is_running());
}

TEST(Content, ComesTogetherHoweverItIsCut) {
    const std::string body(10'000, 'b');
    const auto message = ScriptedAmqp::publish(1, "an-exchange-with-a-long-name", "key", body);
    const auto expected =
        "publish 1 an-exchange-with-a-long-name key {\"content_type\":\"text/plain\"} " + body;
    for (const std::size_t step : {std::size_t{1}, std::size_t{37}, std::size_t{4'100}, message.size()}) {
        ScriptedAmqp client;
        client.connect();
        client.bytes(message, step);
        EXPECT_THAT(client.events, ElementsAre(expected)) << step;
    }
    ScriptedAmqp client;
    client.connect();
    client.bytes(ScriptedAmqp::publish(1, "e", "k", ""));
    EXPECT_THAT(client.events, ElementsAre("publish 1 e k {\"content_type\":\"text/plain\"} "));
}

TEST(Content, OfDifferentChannelsMayBeInterleaved) {
    ScriptedAmqp client;
    client.connect();
    client.method(2, ChannelOpen{});
    client.events.clear();
    const auto one = ScriptedAmqp::publish(1, "e", "one", "abcdef", 3);
    const auto two = ScriptedAmqp::publish(2, "e", "two", "ghijkl", 3);
    for (ByteView left = one, right = two; !left.empty();) {
        for (auto* rest : {&left, &right}) {
            const auto size = std::get<Frame>(parse_frame(*rest, 0)).size();
            client.bytes(rest->first(size));
            *rest = rest->subspan(size);
        }
    }
    EXPECT_THAT(client.events, ElementsAre("publish 1 e one {\"content_type\":\"text/plain\"} abcdef",
                                           "publish 2 e two {\"content_type\":\"text/plain\"} ghijkl"));
}

TEST(Content, IsSentInFramesAsLargeAsAgreed) {
    ScriptedAmqp client;
    client.connect(2047, 8192);
    BasicDeliver deliver;
    deliver.consumer_tag = "c";
    deliver.delivery_tag = 1;
    client.machine->send_content(1, deliver, Bytes{0, 0}, as_bytes(std::string(8'185, 'b')));
    EXPECT_THAT(client.said(),
                ElementsAre(HasSubstr("1 basic.deliver {\"consumer_tag\":\"c\",\"delivery_tag\":1"),
                            "1 header 8185", "1 body " + std::string(8'184, 'b'), "1 body b"));
}

}  // namespace
}  // namespace weir::amqp
