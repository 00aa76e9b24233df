// A client of an AMQP server on this machine, for tests: sends methods, and reads what comes as text.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "protocols/amqp/protocol_header.hpp"
#include "protocols/amqp/wire/frame.hpp"
#include "protocols/amqp/wire/printer.hpp"
#include "protocols/amqp/wire/table_writer.hpp"
#include "support/raw_client.hpp"

namespace weir::test {

class AmqpClient {
  public:
    using Lines = std::vector<std::string>;

    // Logged in and in the virtual host, or refused: then refusal() says how.
    explicit AmqpClient(std::uint16_t port, std::string_view user = "guest", std::string_view host = "/")
        : socket_(port) {
        socket_.write(as_text(amqp::amqp_0_9_1_header));
        wait("connection.start ");
        socket_.write(as_text(framed(0, start_ok(user))));
        if (wait("connection.tune ").starts_with("connection.close")) return;
        amqp::ConnectionTuneOk tune_ok;
        tune_ok.channel_max = 2047;
        tune_ok.frame_max = 131'072;
        amqp::ConnectionOpen open;
        open.virtual_host = host;
        socket_.write(as_text(framed(0, tune_ok)));
        socket_.write(as_text(framed(0, open)));
        wait("connection.open-ok");
    }

    // The close that came instead of an open connection; "" if it is open.
    std::string refusal() const { return last_.starts_with("connection.close") ? last_ : ""; }

    template <amqp::Method M>
    void send(const M& method, amqp::ChannelNumber channel = 1) {
        if (channel != 0 && opened_.insert(channel).second) ask(amqp::ChannelOpen{}, channel);
        socket_.write(as_text(framed(channel, method)));
    }
    // The answer as text: the next line of that name with "-ok", or a close.
    template <amqp::Method M>
    std::string ask(const M& method, amqp::ChannelNumber channel = 1) {
        send(method, channel);
        return wait(std::string{M::info.name} + "-ok");
    }
    void publish(std::string_view exchange, std::string_view key, std::string_view body,
                 const amqp::Properties& properties = {}, bool mandatory = false) {
        amqp::BasicPublish method;
        method.exchange = exchange;
        method.routing_key = key;
        method.mandatory = mandatory;
        send(method);
        const auto encoded = amqp::encode_properties(properties);
        Bytes out;
        amqp::append_header(out, 1, {60, 0, body.size(), encoded});
        amqp::append_body(out, 1, as_bytes(body), 131'072);
        socket_.write(as_text(out));
    }
    // The next line that begins so, or a close; "" once the connection has ended. What comes before goes to
    // `passed`.
    std::string wait(std::string_view begin) {
        while (true) {
            last_ = next();
            if (last_.empty() || last_.starts_with(begin) || last_.starts_with("channel.close {") ||
                last_.starts_with("connection.close {"))
                return last_;
            passed.push_back(last_);
        }
    }
    // The body of the next message, which a line of that name begins.
    std::string body_of(std::string_view name) {
        const auto line = wait(name);
        return line.starts_with(name) ? body() : line;
    }
    // Of the message whose method came last.
    std::string body() {
        const auto header = next();
        return header == "header 0" ? "" : next().substr(5);
    }
    template <amqp::Method M>
    static Bytes framed(amqp::ChannelNumber channel, const M& method) {
        Bytes out;
        amqp::append_method(out, channel, method);
        return out;
    }

    Lines passed;
    std::string reply_to;  // of the last message that had one
    std::string headers;   // of the last message, as text

  private:
    static Bytes as_owned(const amqp::TableWriter& table) {
        const auto bytes = table.table().bytes();
        return {bytes.begin(), bytes.end()};
    }
    amqp::ConnectionStartOk start_ok(std::string_view user) {
        amqp::TableWriter capabilities, properties;
        capabilities.add("authentication_failure_close", true)
            .add("consumer_cancel_notify", true)
            .add("connection.blocked", true);
        properties.add("capabilities", capabilities.table());
        properties_ = as_owned(properties);
        response_ = std::string{'\0'}.append(user).append(1, '\0').append(user);
        amqp::ConnectionStartOk method;
        method.client_properties = amqp::Table(properties_);
        method.mechanism = "PLAIN";
        method.response.text = response_;
        method.locale = "en_US";
        return method;
    }
    // "" at the connection's end.
    std::string next() {
        const auto head = socket_.read(7);
        if (head.size() < 7) return "";
        std::size_t size = 0;
        for (std::size_t i = 3; i < 7; ++i) size = size << 8 | static_cast<std::uint8_t>(head[i]);
        frame_ = head + socket_.read(size + 1);
        const auto parsed = amqp::parse_frame(as_bytes(frame_), 0);
        const auto* frame = std::get_if<amqp::Frame>(&parsed);
        return frame == nullptr ? "" : text_of(*frame);
    }
    std::string text_of(const amqp::Frame& frame) {
        if (frame.type == amqp::FrameType::heartbeat) return "heartbeat";
        if (frame.type == amqp::FrameType::body) return "body " + std::string{as_text(frame.payload)};
        if (frame.type == amqp::FrameType::header) {
            const auto header = amqp::parse_content_header(frame.payload).value();
            const auto properties = amqp::decode_properties(header.properties).value();
            if (properties.reply_to) reply_to = *properties.reply_to;
            headers = properties.headers ? amqp::print(*properties.headers) : "";
            return "header " + std::to_string(header.body_size);
        }
        auto payload = frame.payload;
        const auto id = amqp::take_method_id(payload);
        return amqp::print(amqp::decode_method(*id, payload).value());
    }

    RawClient socket_;
    std::set<amqp::ChannelNumber> opened_;
    Bytes properties_;
    std::string response_;
    std::string frame_;
    std::string last_;
};

}  // namespace weir::test
