// A server of AMQP connections without a broker behind it, for trying the connection with real clients: what
// is published on a channel comes back to that channel's consumer.
//
// Prints "port N" and serves until its standard input ends. Users are guest with the password guest and, with
// no virtual host to go to, nobody with nothing; the virtual hosts are "/" and "locked".
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <unordered_map>

#include "base/log_line.hpp"
#include "protocols/amqp/session.hpp"
#include "runtime/listener.hpp"

namespace weir::amqp {
namespace {

class Gate final : public Gatekeeper {
  public:
    std::optional<std::string> refuse_login(const Credentials& credentials,
                                            const runtime::Endpoint&) override {
        const bool guest = credentials.user == "guest" && credentials.password == "guest";
        const bool nobody = credentials.user == "nobody" && credentials.password == "nothing";
        if (guest || nobody) return std::nullopt;
        return fmt::format("user '{}' - invalid credentials", credentials.user);
    }
    std::optional<AmqpError> refuse_open(std::string_view user, std::string_view virtual_host) override {
        if (virtual_host != "/" && virtual_host != "locked")
            return AmqpError{ReplyCode::not_allowed, fmt::format("vhost {} not found", virtual_host)};
        if (user != "guest" || virtual_host == "locked") {
            return AmqpError{ReplyCode::not_allowed,
                             fmt::format("access to vhost '{}' refused for user '{}'", virtual_host, user)};
        }
        return std::nullopt;
    }
    bool update_secret(std::string_view, std::string_view) override { return true; }
};

class Echo final : public ChannelHandler {
  public:
    explicit Echo(ConnectionMachine& machine) : machine_(machine) {}

    void on_channel_opened(ChannelNumber channel) override { channels_[channel]; }
    void on_channel_closed(ChannelNumber channel) override { channels_.erase(channel); }
    bool on_connection_closed() override { return true; }
    void on_method(ChannelNumber channel, const AnyMethod& method) override {
        std::visit([&](const auto& m) { serve(channel, m); }, method);
    }
    void on_publish(ChannelNumber number, const Publish& publish) override {
        auto& channel = channels_[number];
        if (channel.confirms) {
            BasicAck ack;
            ack.delivery_tag = ++channel.published;
            machine_.send(number, ack);
        }
        if (channel.consumer_tag.empty()) return;
        BasicDeliver deliver;
        deliver.consumer_tag = channel.consumer_tag;
        deliver.delivery_tag = ++channel.delivered;
        deliver.exchange = publish.method.exchange;
        deliver.routing_key = publish.method.routing_key;
        machine_.send_content(number, deliver, publish.property_bytes, publish.body);
    }
    void on_drained() override {}

  private:
    struct Channel {
        std::string consumer_tag;
        std::uint64_t published = 0;
        std::uint64_t delivered = 0;
        bool confirms = false;
    };

    void serve(ChannelNumber number, const QueueDeclare& declare) {
        if (declare.passive) {
            return machine_.fail(
                number, {ReplyCode::not_found, fmt::format("no queue '{}' in vhost '/'", declare.queue),
                         declare.info.id});
        }
        QueueDeclareOk ok;
        ok.queue = declare.queue.empty() ? "amq.gen-echo" : declare.queue;
        if (!declare.nowait) machine_.send(number, ok);
    }
    void serve(ChannelNumber number, const BasicConsume& consume) {
        auto& tag = channels_[number].consumer_tag;
        tag = consume.consumer_tag.empty() ? "amq.ctag-echo" : consume.consumer_tag;
        BasicConsumeOk ok;
        ok.consumer_tag = tag;
        machine_.send(number, ok);
    }
    void serve(ChannelNumber number, const BasicCancel& cancel) {
        channels_[number].consumer_tag.clear();
        BasicCancelOk ok;
        ok.consumer_tag = cancel.consumer_tag;
        machine_.send(number, ok);
    }
    void serve(ChannelNumber number, const ConfirmSelect&) {
        channels_[number].confirms = true;
        machine_.send(number, ConfirmSelectOk{});
    }
    void serve(ChannelNumber number, const ExchangeDeclare&) { machine_.send(number, ExchangeDeclareOk{}); }
    void serve(ChannelNumber number, const QueueBind&) { machine_.send(number, QueueBindOk{}); }
    void serve(ChannelNumber number, const BasicQos&) { machine_.send(number, BasicQosOk{}); }
    void serve(ChannelNumber, const BasicAck&) {}
    template <Method M>
    void serve(ChannelNumber number, const M&) {
        machine_.fail(number, {ReplyCode::not_implemented, "an echo does not know it", M::info.id});
    }

    ConnectionMachine& machine_;
    std::unordered_map<ChannelNumber, Channel> channels_;
};

int serve() {
    set_log_level(LogLevel::info);
    Settings settings;
    Gate gate;
    Environment environment{settings, system_clock(), gate,
                            [](AmqpSession& session) { return std::make_unique<Echo>(session.machine()); }};
    runtime::ReactorPool pool(1);
    auto listener = runtime::Listener::open(
        {.endpoint = {"127.0.0.1", 0}}, pool, [&](std::shared_ptr<runtime::Connection> connection) {
            auto session = std::make_shared<AmqpSession>(std::move(connection), environment);
            session->start();
            return session;
        });
    if (!listener) {
        std::cerr << listener.error().message << '\n';
        return EXIT_FAILURE;
    }
    pool.start();
    std::cout << "port " << (*listener)->endpoint().port << std::endl;
    while (std::getchar() != EOF) {
    }
    (*listener)->stop();
    pool.stop();
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace weir::amqp

int main() {
    return weir::amqp::serve();
}
