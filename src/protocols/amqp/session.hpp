// One AMQP client's connection on its reactor: the machine with a socket, and a timer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "broker/live_connections.hpp"
#include "protocols/amqp/connection_machine.hpp"
#include "protocols/amqp/sessions.hpp"
#include "runtime/connection.hpp"

namespace weir::amqp {

// Who may log in, and where to. One for all connections; safe from any reactor.
class Gatekeeper {
  public:
    virtual ~Gatekeeper() = default;

    // Why the login is refused, for the log; nothing if it is right.
    virtual std::optional<std::string> refuse_login(const Credentials& credentials,
                                                    const runtime::Endpoint& peer) = 0;
    // The error that a client gets which may not use the virtual host; nothing if it may, and then the
    // connection counts there until has_ended().
    virtual std::optional<AmqpError> refuse_open(std::string_view user, std::string_view virtual_host) = 0;
    virtual void has_ended(std::string_view, std::string_view) {}
    // What clients are told; `otherwise`: as it is configured.
    virtual std::string cluster_name(std::string_view otherwise) const { return std::string{otherwise}; }
    // Whether a new secret of the user's is taken.
    virtual bool update_secret(std::string_view user, std::string_view secret) = 0;
};

class AmqpSession;

// Makes what serves a connection's channels, once the session is there.
using HandlerFactory = std::function<std::unique_ptr<ChannelHandler>(AmqpSession&)>;

// Settings of sessions to come: those that are there keep what they began with. Safe from any thread.
class SharedSettings {
  public:
    SharedSettings(Settings settings) : now_(std::make_shared<const Settings>(std::move(settings))) {}
    std::shared_ptr<const Settings> get() const {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    void set(Settings settings) {
        auto next = std::make_shared<const Settings>(std::move(settings));
        const std::lock_guard lock(mutex_);
        now_ = std::move(next);
    }

  private:
    mutable std::mutex mutex_;  // guards what follows
    std::shared_ptr<const Settings> now_;
};

// What all sessions share, and outlives them.
struct Environment {
    SharedSettings settings;
    const Clock& clock;
    Gatekeeper& gatekeeper;
    HandlerFactory make_handler;
    std::shared_ptr<Sessions> sessions = std::make_shared<Sessions>();
    broker::LiveConnections* connections = nullptr;  // where those that are open are listed; may be null
};

class AmqpSession final : public runtime::Session,
                          public ConnectionHost,
                          public std::enable_shared_from_this<AmqpSession> {
  public:
    AmqpSession(std::shared_ptr<runtime::Connection> connection, Environment& environment);

    // Called once, when a shared_ptr holds the session.
    void start();
    ByteSpan read_buffer() override { return machine_.room(); }
    void on_read(std::size_t count) override;
    void on_sent() override;
    void on_closed() override;
    ConnectionMachine& machine() { return machine_; }
    runtime::Reactor& reactor() { return reactor_; }
    const Settings& settings() const { return *settings_; }
    std::string name() const;                                          // by its two ends
    const std::string& user() const { return user_; }                  // once logged in
    const std::string& virtual_host() const { return virtual_host_; }  // once open
    // Resources that are low, "" for none.
    void set_low(std::string_view resources);
    void shut_down(std::string_view why);
    // The machine was called from outside: what that led to is looked after soon.
    void wake() { on_output(); }

  private:
    // Hands the handler's calls on: it is made with the machine, which needs it first.
    class Handlers final : public ChannelHandler {
      public:
        explicit Handlers(AmqpSession& session) : session_(session) {}
        void on_channel_opened(ChannelNumber channel) override { handler->on_channel_opened(channel); }
        void on_channel_closed(ChannelNumber channel) override { handler->on_channel_closed(channel); }
        bool on_connection_closed() override {
            session_.environment_.gatekeeper.has_ended(session_.user_, session_.virtual_host_);
            return handler->on_connection_closed();
        }
        void on_method(ChannelNumber channel, const AnyMethod& method) override {
            handler->on_method(channel, method);
        }
        void on_publish(ChannelNumber channel, const Publish& publish) override {
            handler->on_publish(channel, publish);
        }
        void on_drained() override { handler->on_drained(); }
        void describe(broker::LiveConnection& out) override { handler->describe(out); }
        std::unique_ptr<ChannelHandler> handler;

      private:
        AmqpSession& session_;
    };

    void on_login(const Credentials& credentials) override;
    void on_open(std::string_view virtual_host) override;
    void on_update_secret(std::string_view secret, std::string_view reason) override;
    void on_output() override;

    void list();
    broker::LiveConnection describe();
    void settle();
    void flush();
    void hold_back();
    void watch_time();

    Environment& environment_;
    const std::shared_ptr<const Settings> settings_;
    const std::shared_ptr<Sessions> sessions_;
    std::shared_ptr<runtime::Connection> connection_;  // null once closed
    runtime::Reactor& reactor_;
    runtime::Endpoint peer_;
    Handlers handlers_;
    ConnectionMachine machine_;
    std::string user_;
    std::string virtual_host_;
    std::unique_ptr<runtime::Timer> timer_;
    std::int64_t timer_ms_ = never_ms;
    bool flush_queued_ = false;
    bool held_back_ = false;
    std::int64_t connected_at_ms_ = 0;
    std::optional<std::uint64_t> listed_as_;  // among the live connections
};

}  // namespace weir::amqp
