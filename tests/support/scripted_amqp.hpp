// A connection machine whose client, host and handler are a test's: what the client sends is written as
// methods, what it gets is read as text.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocols/amqp/connection_machine.hpp"
#include "protocols/amqp/protocol_header.hpp"
#include "protocols/amqp/wire/printer.hpp"
#include "protocols/amqp/wire/table_writer.hpp"
#include "support/manual_clock.hpp"

namespace weir::test {

class ScriptedAmqp : public amqp::ConnectionHost, public amqp::ChannelHandler {
  public:
    using Lines = std::vector<std::string>;

    explicit ScriptedAmqp(amqp::Settings settings = {})
        : settings_(std::move(settings)),
          machine(std::make_unique<amqp::ConnectionMachine>(settings_, clock, *this, *this)) {}

    // ---- The client's side.

    // In pieces of at most `step` bytes; the machine's buffers are its own, so that views that dangle show.
    void bytes(ByteView in, std::size_t step = 1 << 20) {
        while (!in.empty()) {
            const auto room = machine->room();
            const auto size = std::min({room.size(), in.size(), step});
            std::copy_n(in.begin(), size, room.begin());
            in = in.subspan(size);
            machine->received(size);
        }
    }
    template <amqp::Method M>
    Lines method(amqp::ChannelNumber channel, const M& m) {
        Bytes out;
        amqp::append_method(out, channel, m);
        bytes(out);
        return said();
    }
    Lines header() {
        bytes(amqp::amqp_0_9_1_header);
        return said();
    }
    // A start-ok of guest's, with the capabilities that clients have.
    Lines start_ok(std::string_view mechanism = "PLAIN",
                   std::string_view response = {"\0guest\0secret", 13}) {
        amqp::TableWriter capabilities, properties;
        capabilities.add("authentication_failure_close", true).add("connection.blocked", able_to_block);
        properties.add("product", "test").add("connection_name", "scripted");
        if (able) properties.add("capabilities", capabilities.table());
        amqp::ConnectionStartOk m;
        m.client_properties = properties.table();
        m.mechanism = mechanism;
        m.response.text = response;
        m.locale = "en_US";
        return method(0, m);
    }
    Lines tune_ok(std::uint16_t channel_max = 2047, std::uint32_t frame_max = 131072,
                  std::uint16_t heartbeat_s = 0) {
        amqp::ConnectionTuneOk m;
        m.channel_max = channel_max;
        m.frame_max = frame_max;
        m.heartbeat = heartbeat_s;
        return method(0, m);
    }
    Lines open(std::string_view virtual_host = "/") {
        amqp::ConnectionOpen m;
        m.virtual_host = virtual_host;
        return method(0, m);
    }
    // All of the handshake, and channel 1.
    void connect(std::uint16_t channel_max = 2047, std::uint32_t frame_max = 131072,
                 std::uint16_t heartbeat_s = 0) {
        header();
        start_ok();
        tune_ok(channel_max, frame_max, heartbeat_s);
        open();
        method(1, amqp::ChannelOpen{});
        events.clear();
    }
    // A whole message, the body in frames of at most `part` bytes.
    static Bytes publish(amqp::ChannelNumber channel, std::string_view exchange, std::string_view key,
                         std::string_view body, std::uint32_t part = 4096) {
        amqp::BasicPublish m;
        m.exchange = exchange;
        m.routing_key = key;
        amqp::Properties properties;
        properties.content_type = "text/plain";
        const auto encoded = amqp::encode_properties(properties);
        Bytes out;
        amqp::append_method(out, channel, m);
        amqp::append_header(out, channel, {60, 0, body.size(), encoded});
        amqp::append_body(out, channel, as_bytes(body), part + amqp::frame_overhead);
        return out;
    }
    static Bytes frame(std::uint8_t type, amqp::ChannelNumber channel, ByteView payload) {
        Bytes out;
        amqp::Writer writer(out);
        amqp::detail::end_frame(
            writer, (payload_after(writer, static_cast<amqp::FrameType>(type), channel, payload)));
        writer.finish();
        return out;
    }
    // What the client got since it last looked: "1 channel.open-ok {}", a line for each frame.
    Lines said() {
        const auto out = machine->take_output();
        outputs_told = 0;
        Lines lines;
        for (ByteView rest = out; !rest.empty();) {
            const auto parsed = amqp::parse_frame(rest, 0);
            const auto* found = std::get_if<amqp::Frame>(&parsed);
            if (found == nullptr) {
                lines.push_back("raw " + amqp::quoted(as_text(rest)));
                break;
            }
            lines.push_back(std::to_string(found->channel) + " " + text_of(*found));
            rest = rest.subspan(found->size());
        }
        return lines;
    }

    // The line that said() has for a close of a connection (channel 0) or a channel.
    static std::string close_line(amqp::ChannelNumber channel, int code, const std::string& text,
                                  amqp::MethodId method) {
        return fmt::format(
            "{} {}.close {{\"reply_code\":{},\"reply_text\":{},\"class_id\":{},\"method_id\":{}}}", channel,
            channel == 0 ? "connection" : "channel", code, amqp::quoted(text), method.class_id,
            method.method_id);
    }

    // ---- The host's and the handler's side.

    void on_login(const amqp::Credentials& credentials) override {
        events.push_back("login " + std::string{credentials.mechanism} + " " + std::string{credentials.user} +
                         " " + std::string{credentials.password});
        if (!answers) return;
        if (login_problem.empty())
            machine->login_accepted();
        else
            machine->login_refused(login_problem);
    }
    void on_open(std::string_view virtual_host) override {
        events.push_back("open " + std::string{virtual_host});
        if (!answers) return;
        if (open_problem.empty())
            machine->open_accepted();
        else
            machine->open_refused({amqp::ReplyCode::not_allowed, open_problem});
    }
    void on_update_secret(std::string_view secret, std::string_view) override {
        events.push_back("secret " + std::string{secret});
        if (secret == "good")
            machine->secret_accepted();
        else
            machine->secret_refused();
    }
    void on_output() override { ++outputs_told; }
    void on_channel_opened(amqp::ChannelNumber channel) override { event("opened", channel); }
    void on_channel_closed(amqp::ChannelNumber channel) override {
        event("closed", channel);
        if (releases) return;
        machine->hold(channel);
        late.push_back(channel);
    }
    bool on_connection_closed() override {
        events.push_back("gone");
        if (!releases) late.push_back(0);
        return releases;
    }
    // Gives back what has been late for longest.
    void release() {
        const auto channel = late.front();
        late.pop_front();
        channel == 0 ? machine->released() : machine->resume(channel);
    }
    void on_method(amqp::ChannelNumber channel, const amqp::AnyMethod& m) override {
        event("method", channel, amqp::print(m));
        if (serve) serve(channel, m);
    }
    void on_publish(amqp::ChannelNumber channel, const amqp::Publish& publish) override {
        event("publish", channel,
              std::string{publish.method.exchange} + " " + std::string{publish.method.routing_key} + " " +
                  amqp::print(publish.properties) + " " + std::string{as_text(publish.body)});
    }
    void on_drained() override { events.push_back("drained"); }

    ManualClock clock;
    bool able = true;                      // whether the client declares its capabilities
    bool able_to_block = true;             // among them connection.blocked
    bool answers = true;                   // whether the host answers at once
    bool releases = true;                  // whether the handler gives back at once
    std::deque<amqp::ChannelNumber> late;  // whose things are still to be given back; 0: the connection's
    std::string login_problem;
    std::string open_problem;
    std::function<void(amqp::ChannelNumber, const amqp::AnyMethod&)> serve;
    Lines events;
    int outputs_told = 0;

  private:
    static std::size_t payload_after(amqp::Writer& writer, amqp::FrameType type, amqp::ChannelNumber channel,
                                     ByteView payload) {
        const auto begin = amqp::detail::begin_frame(writer, type, channel);
        writer.raw(payload);
        return begin;
    }
    static std::string text_of(const amqp::Frame& found) {
        if (found.type == amqp::FrameType::heartbeat) return "heartbeat";
        if (found.type == amqp::FrameType::body) return "body " + std::string{as_text(found.payload)};
        if (found.type == amqp::FrameType::header)
            return "header " + std::to_string(amqp::parse_content_header(found.payload)->body_size);
        auto payload = found.payload;
        const auto id = amqp::take_method_id(payload);
        return amqp::print(amqp::decode_method(*id, payload).value());
    }
    void event(const char* what, amqp::ChannelNumber channel, const std::string& more = "") {
        events.push_back(std::string{what} + " " + std::to_string(channel) +
                         (more.empty() ? "" : " " + more));
    }

    amqp::Settings settings_;

  public:
    std::unique_ptr<amqp::ConnectionMachine> machine;
};

// The line for a connection's close.
inline std::string closed(int code, const std::string& text, amqp::MethodId method = amqp::no_method) {
    return ScriptedAmqp::close_line(0, code, text, method);
}

}  // namespace weir::test
