// From the protocol header to an open connection.
#include <fmt/format.h>

#include "base/assert.hpp"
#include "protocols/amqp/connection_machine.hpp"
#include "protocols/amqp/protocol_header.hpp"
#include "protocols/amqp/server_properties.hpp"

namespace weir::amqp {

void ConnectionMachine::on_greeting(ByteView header) {
    const auto greeting = greeting_of(header);
    if (greeting == Greeting::amqp_1_0 && settings_.serves_amqp_1_0) {
        ending_ = Ending::amqp_1_0;
        return;
    }
    if (greeting != Greeting::amqp_0_9_1) {
        return refuse_greeting(refusal_of(greeting), greeting == Greeting::other_0_9);
    }
    const auto properties = server_properties(settings_);
    ConnectionStart start;
    start.version_major = 0;
    start.version_minor = 9;
    start.server_properties = properties.table();
    start.mechanisms = {offered_mechanisms};
    start.locales = {"en_US"};
    send_own(start);
    state_ = State::starting;
}

// Tells which protocol is spoken here, and ends.
void ConnectionMachine::refuse_greeting(std::string_view why, bool prefers_0_9_1) {
    const auto& header = prefers_0_9_1 || !settings_.serves_amqp_1_0 ? amqp_0_9_1_header : amqp_1_0_header;
    begin_output();
    output_.insert(output_.end(), header.begin(), header.end());
    finish(why);
}

void ConnectionMachine::on_start_ok(const ConnectionStartOk& start_ok) {
    client_ = ClientFacts(start_ok);
    const auto credentials = decode_credentials(start_ok.mechanism, start_ok.response.text);
    if (!credentials) {
        const bool unknown = credentials.error().code == Errc::unsupported;
        return refuse_login({unknown ? ReplyCode::command_invalid : ReplyCode::syntax_error,
                             credentials.error().message, ConnectionStartOk::info.id});
    }
    state_ = State::securing;
    set_hold(asking, true);
    host_.on_login(*credentials);
}

// A client that does not expect a close before the connection is tuned just loses it, after a while.
void ConnectionMachine::refuse_login(AmqpError error) {
    const auto why = error.explanation;
    if (client_.capabilities().authentication_failure_close)
        begin_release(std::move(error));
    else
        go_silent(why);
}

void ConnectionMachine::login_accepted() {
    if (ending_ != Ending::none) return;
    ASSERT(state_ == State::securing);
    state_ = State::tuning;
    ConnectionTune tune;
    tune.channel_max = settings_.channel_max;
    tune.frame_max = settings_.frame_max;
    tune.heartbeat = settings_.heartbeat_s;
    send_own(tune);
    set_hold(asking, false);
}

void ConnectionMachine::login_refused(std::string_view why) {
    if (ending_ != Ending::none) return;
    ASSERT(state_ == State::securing);
    refuse_login({ReplyCode::access_refused,
                  fmt::format("Login was refused using authentication mechanism {}. For details see the "
                              "broker logfile.",
                              client_.mechanism())});
    reason_ = why;
    set_hold(asking, false);
}

void ConnectionMachine::on_tune_ok(const ConnectionTuneOk& tune_ok) {
    if (const auto error = check_tuning(tune_ok, settings_)) return fail_connection(*error);
    tuning_ = {tune_ok.channel_max, tune_ok.frame_max, tune_ok.heartbeat};
    heartbeats_.start(tune_ok.heartbeat, clock_.monotonic_ms());
    state_ = State::opening;
}

void ConnectionMachine::on_open(const ConnectionOpen& open) {
    set_hold(asking, true);
    host_.on_open(open.virtual_host);
}

void ConnectionMachine::open_accepted() {
    if (ending_ != Ending::none) return;
    ASSERT(state_ == State::opening);
    state_ = State::running;
    was_open_ = true;
    deadline_ms_ = never_ms;
    send_own(ConnectionOpenOk{});
    set_hold(asking, false);
}

void ConnectionMachine::open_refused(AmqpError error) {
    if (ending_ != Ending::none) return;
    ASSERT(state_ == State::opening);
    error.method = ConnectionOpen::info.id;
    fail_connection(error);
    set_hold(asking, false);
}

void ConnectionMachine::secret_accepted() {
    if (state_ == State::running) send_own(ConnectionUpdateSecretOk{});
    set_hold(asking, false);
}

void ConnectionMachine::secret_refused() {
    if (state_ == State::running) {
        fail_connection({ReplyCode::not_allowed, "New secret was refused by one of the backends",
                         ConnectionUpdateSecret::info.id});
    }
    set_hold(asking, false);
}

}  // namespace weir::amqp
