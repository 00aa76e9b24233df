// The handshake by scripted bytes: points 1 to 7, 9 and 14 of what RabbitMQ's clients rely on.
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

// ---- 1: the protocol header.

TEST(Greeting, StartsFor091And09) {
    for (const char* hex : {"414d5150 00000901", "414d5150 01010009"}) {
        ScriptedAmqp client;
        client.bytes(test::from_hex(hex), 3);
        EXPECT_THAT(client.said(), ElementsAre(HasSubstr("0 connection.start ")));
        EXPECT_EQ(client.machine->ending(), Ending::none);
    }
}

TEST(Greeting, AnythingElseGetsTheHeaderThatIsServedAndTheEnd) {
    for (const char* hex :
         {"414d5150 00000902", "414d5150 00000800", "414d5150 00010000", "414d5150 03010000",
          "474554202f204854", "1603010200010001", "0102030405060708"}) {
        ScriptedAmqp client;
        client.bytes(test::from_hex(hex));
        EXPECT_EQ(client.machine->take_output(), test::from_hex("414d5150 00000901")) << hex;
        EXPECT_EQ(client.machine->ending(), Ending::finished);
        EXPECT_FALSE(client.machine->wants_input());
        EXPECT_THAT(client.machine->reason(), HasSubstr("it "));
    }
}

TEST(Greeting, TheLogSaysWhatWasSpoken) {
    ScriptedAmqp http, tls;
    http.bytes(as_bytes("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_THAT(http.machine->reason(), HasSubstr("HTTP"));
    tls.bytes(test::from_hex("160301020001000100"));
    EXPECT_THAT(tls.machine->reason(), HasSubstr("TLS"));
}

TEST(Greeting, Amqp10IsHandedOverIfItIsServed) {
    Settings settings;
    settings.serves_amqp_1_0 = true;
    ScriptedAmqp client(settings);
    client.bytes(test::from_hex("414d5150 03010000 aabb"));
    EXPECT_EQ(client.machine->ending(), Ending::amqp_1_0);
    EXPECT_EQ(test::to_hex(client.machine->unread()), "aabb");
    EXPECT_FALSE(client.machine->has_output());
    ScriptedAmqp old(settings), later(settings);
    old.bytes(test::from_hex("414d5150 00000800"));
    EXPECT_EQ(test::to_hex(old.machine->take_output()), "414d515003010000");
    later.bytes(test::from_hex("414d5150 00000902"));
    EXPECT_EQ(test::to_hex(later.machine->take_output()), "414d515000000901");
}

// ---- 2 to 4: connection.start.

TEST(Start, IntroducesARabbitMq) {
    Settings settings;
    settings.version = "3.13.7";
    ScriptedAmqp client(settings);
    EXPECT_THAT(
        client.header(),
        ElementsAre(
            R"(0 connection.start {"version_major":0,"version_minor":9,"server_properties":{"capabilities":)"
            R"({"F":{"publisher_confirms":{"t":true},"exchange_exchange_bindings":{"t":true},)"
            R"("basic.nack":{"t":true},"consumer_cancel_notify":{"t":true},"connection.blocked":{"t":true},)"
            R"("consumer_priorities":{"t":true},"authentication_failure_close":{"t":true},)"
            R"("per_consumer_qos":{"t":true},"direct_reply_to":{"t":true}}},"cluster_name":{"S":"weir"},)"
            R"("copyright":{"S":"the authors of weir"},)"
            R"("information":{"S":"weir, which speaks RabbitMQ's protocol"},"platform":{"S":"weir"},)"
            R"("product":{"S":"RabbitMQ"},"version":{"S":"3.13.7"}},"mechanisms":"PLAIN AMQPLAIN ANONYMOUS",)"
            R"("locales":"en_US"})"));
}

// ---- 5: limits of those who have not proved who they are.

TEST(Handshake, FramesAreSmallUntilTuned) {
    ScriptedAmqp client;
    client.header();
    client.bytes(ScriptedAmqp::frame(1, 0, Bytes(8192, 0)));  // RabbitMQ's eight bytes too many
    EXPECT_THAT(client.machine->reason(), HasSubstr("unimplemented method"));
    ScriptedAmqp larger;
    larger.header();
    larger.bytes(ScriptedAmqp::frame(1, 0, Bytes(8193, 0)));
    EXPECT_THAT(larger.machine->reason(), HasSubstr("{frame_too_large,8193,8184}"));
    EXPECT_THAT(larger.said(), IsEmpty());
    larger.clock.advance_ms(silent_close_delay_ms);
    larger.machine->tick();
    EXPECT_EQ(larger.machine->ending(), Ending::finished);
}

TEST(Handshake, TakesTenSecondsAtMost) {
    ScriptedAmqp client;
    EXPECT_EQ(client.machine->next_ms(), client.clock.monotonic_ms() + 10'000);
    client.header();
    client.start_ok();
    client.clock.advance_ms(9'999);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::none);
    client.clock.advance_ms(1);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::finished);
    EXPECT_THAT(client.machine->reason(), HasSubstr("handshake"));
    ScriptedAmqp other;
    other.connect();
    other.clock.advance_ms(100'000);
    other.machine->tick();
    EXPECT_EQ(other.machine->ending(), Ending::none);
}

// ---- 6: logging in.

TEST(Login, TakesPlainAndAmqplain) {
    ScriptedAmqp plain;
    plain.header();
    EXPECT_THAT(plain.start_ok(),
                ElementsAre(R"(0 connection.tune {"channel_max":2047,"frame_max":131072,"heartbeat":60})"));
    EXPECT_THAT(plain.events, ElementsAre("login PLAIN guest secret"));
    EXPECT_EQ(plain.machine->client().connection_name(), "scripted");
    ScriptedAmqp amqplain;
    amqplain.header();
    TableWriter table;
    table.add("LOGIN", "me").add("PASSWORD", "mine");
    amqplain.start_ok("AMQPLAIN", as_text(table.table().bytes()));
    EXPECT_THAT(amqplain.events, ElementsAre("login AMQPLAIN me mine"));
}

TEST(Login, ARefusedClientThatExpectsItGetsAClose) {
    ScriptedAmqp client;
    client.login_problem = "wrong password";
    client.header();
    EXPECT_THAT(client.start_ok(),
                ElementsAre(closed(403,
                                   "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. "
                                   "For details see the broker logfile.",
                                   no_method)));
    EXPECT_EQ(client.machine->reason(), "wrong password");
    client.method(0, ConnectionCloseOk{});
    EXPECT_EQ(client.machine->ending(), Ending::finished);
}

TEST(Login, OthersJustLoseTheConnectionAfterAWhile) {
    ScriptedAmqp client;
    client.able = false;
    client.login_problem = "wrong password";
    client.header();
    EXPECT_THAT(client.start_ok(), IsEmpty());
    EXPECT_EQ(client.machine->ending(), Ending::none);
    EXPECT_THAT(client.tune_ok(), IsEmpty());
    client.clock.advance_ms(2'999);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::none);
    client.clock.advance_ms(1);
    client.machine->tick();
    EXPECT_EQ(client.machine->ending(), Ending::finished);
}

TEST(Login, UnknownMechanismsAndBrokenResponsesAreRefused) {
    ScriptedAmqp unknown, broken;
    unknown.header();
    EXPECT_THAT(unknown.start_ok("SCRAM"),
                ElementsAre(closed(503, "COMMAND_INVALID - unknown authentication mechanism 'SCRAM'",
                                   ConnectionStartOk::info.id)));
    broken.header();
    EXPECT_THAT(broken.start_ok("PLAIN", "guest:secret"),
                ElementsAre(closed(502, "SYNTAX_ERROR - the response to PLAIN is invalid",
                                   ConnectionStartOk::info.id)));
    EXPECT_THAT(unknown.events, IsEmpty());
    EXPECT_THAT(broken.events, IsEmpty());
}

TEST(Login, MayBeDecidedLater) {
    ScriptedAmqp client;
    client.answers = false;
    client.header();
    EXPECT_THAT(client.start_ok(), IsEmpty());
    EXPECT_FALSE(client.machine->wants_input());
    client.tune_ok();
    client.open();  // comes early, and waits
    EXPECT_THAT(client.events, ElementsAre("login PLAIN guest secret"));
    client.machine->login_accepted();
    EXPECT_THAT(client.events, ElementsAre("login PLAIN guest secret", "open /"));
    EXPECT_FALSE(client.machine->is_running());
    client.machine->open_accepted();
    EXPECT_TRUE(client.machine->is_running());
    EXPECT_TRUE(client.machine->wants_input());
}

TEST(Login, AnAnswerThatComesTooLateIsNotSaid) {
    ScriptedAmqp client;
    client.answers = false;
    client.header();
    client.start_ok();
    client.machine->disconnected();
    client.machine->login_accepted();
    EXPECT_THAT(client.said(), IsEmpty());
}

// ---- 7: tuning.

TEST(Tune, TheClientsChoiceIsTaken) {
    ScriptedAmqp client;
    client.header();
    client.start_ok();
    EXPECT_THAT(client.tune_ok(10, 4096, 7), IsEmpty());
    client.open();
    EXPECT_EQ(client.machine->tuning().channel_max, 10);
    EXPECT_EQ(client.machine->tuning().frame_max, 4096u);
    EXPECT_EQ(client.machine->tuning().heartbeat_s, 7);
}

TEST(Tune, ChoicesOutOfBoundsAreRefused) {
    const auto refusal = [](std::uint16_t channel_max, std::uint32_t frame_max) {
        ScriptedAmqp client;
        client.header();
        client.start_ok();
        return client.tune_ok(channel_max, frame_max);
    };
    const auto tune = ConnectionTune::info.id;
    EXPECT_THAT(refusal(2047, 131'073),
                ElementsAre(closed(530,
                                   "NOT_ALLOWED - negotiated frame_max = 131073 is higher than the maximum "
                                   "allowed value (131072)",
                                   tune)));
    EXPECT_THAT(refusal(2047, 0), ElementsAre(HasSubstr("negotiated frame_max = 0 is higher than")));
    EXPECT_THAT(refusal(2047, 4095),
                ElementsAre(closed(530,
                                   "NOT_ALLOWED - negotiated frame_max = 4095 is lower than the minimum "
                                   "allowed value (4096)",
                                   tune)));
    EXPECT_THAT(refusal(2048, 131'072),
                ElementsAre(HasSubstr("negotiated channel_max = 2048 is higher than the maximum")));
    EXPECT_THAT(refusal(0, 131'072),
                ElementsAre(HasSubstr("negotiated channel_max = 0 (no limit) is higher than the maximum "
                                      "allowed value (2047)")));
}

TEST(Tune, WithoutLimitsOfItsOwnTheServerTakesNone) {
    Settings settings;
    settings.channel_max = 0;
    settings.frame_max = 0;
    ScriptedAmqp client(settings);
    client.connect(0, 0);
    EXPECT_TRUE(client.machine->is_running());
}

// ---- 9: opening a virtual host.

TEST(Open, AnswersOnceTheHostIsKnown) {
    ScriptedAmqp client;
    client.header();
    client.start_ok();
    client.tune_ok();
    EXPECT_THAT(client.open("orders"), ElementsAre(R"(0 connection.open-ok {"known_hosts":""})"));
    EXPECT_THAT(client.events, ElementsAre("login PLAIN guest secret", "open orders"));
}

TEST(Open, RefusalsCloseTheConnection) {
    ScriptedAmqp client;
    client.open_problem = "vhost none not found";
    client.header();
    client.start_ok();
    client.tune_ok();
    EXPECT_THAT(client.open("none"),
                ElementsAre(closed(530, "NOT_ALLOWED - vhost none not found", ConnectionOpen::info.id)));
    EXPECT_EQ(client.machine->ending(), Ending::none);
    client.method(0, ConnectionCloseOk{});
    EXPECT_EQ(client.machine->ending(), Ending::finished);
}

TEST(Handshake, MethodsOutOfOrderEndIt) {
    ScriptedAmqp early;
    early.header();
    EXPECT_THAT(early.open(), IsEmpty());
    EXPECT_THAT(early.machine->reason(), HasSubstr("unexpected method in connection state starting"));
    ScriptedAmqp late;
    late.header();
    late.start_ok();
    late.tune_ok();
    EXPECT_THAT(late.tune_ok(), ElementsAre(closed(504,
                                                   "CHANNEL_ERROR - unexpected method in connection state "
                                                   "opening",
                                                   ConnectionTuneOk::info.id)));
    ScriptedAmqp running;
    running.connect();
    EXPECT_THAT(running.open(), ElementsAre(closed(504,
                                                   "CHANNEL_ERROR - unexpected method in connection state "
                                                   "running",
                                                   ConnectionOpen::info.id)));
}

TEST(Handshake, ChannelsMustWait) {
    ScriptedAmqp client;
    client.header();
    client.start_ok();
    EXPECT_THAT(client.method(1, ChannelOpen{}), IsEmpty());
    EXPECT_THAT(client.machine->reason(), HasSubstr("UNEXPECTED_FRAME"));
    ScriptedAmqp tuned;
    tuned.header();
    tuned.start_ok();
    tuned.tune_ok();
    EXPECT_THAT(
        tuned.method(1, ChannelOpen{}),
        ElementsAre(closed(505, "UNEXPECTED_FRAME - type 1, all octets = <<0,20,0,10,0>>", no_method)));
}

TEST(Handshake, MayBePipelined) {
    Bytes all(amqp_0_9_1_header.begin(), amqp_0_9_1_header.end());
    ConnectionStartOk start_ok;
    start_ok.mechanism = "PLAIN";
    start_ok.response.text = std::string_view{"\0guest\0secret", 13};
    ConnectionTuneOk tune_ok;
    tune_ok.channel_max = 100;
    tune_ok.frame_max = 8192;
    append_method(all, 0, start_ok);
    append_method(all, 0, tune_ok);
    append_method(all, 0, ConnectionOpen{});
    append_method(all, 1, ChannelOpen{});
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, all.size()}) {
        ScriptedAmqp client;
        client.bytes(all, step);
        EXPECT_THAT(client.said(),
                    ElementsAre(HasSubstr("connection.start "), HasSubstr("connection.tune "),
                                HasSubstr("connection.open-ok"), HasSubstr("channel.open-ok")));
    }
}

// ---- 14: a new secret.

TEST(UpdateSecret, IsAnsweredOrEndsTheConnection) {
    ScriptedAmqp client;
    client.connect();
    ConnectionUpdateSecret update;
    update.new_secret.text = "good";
    EXPECT_THAT(client.method(0, update), ElementsAre("0 connection.update-secret-ok {}"));
    update.new_secret.text = "bad";
    EXPECT_THAT(client.method(0, update),
                ElementsAre(closed(530, "NOT_ALLOWED - New secret was refused by one of the backends",
                                   ConnectionUpdateSecret::info.id)));
    EXPECT_THAT(client.events, ElementsAre("secret good", "secret bad", "closed 1", "gone"));
}

}  // namespace
}  // namespace weir::amqp
