// A connection's traffic between machine, socket and timer.
#include "protocols/amqp/session.hpp"

#include "base/log_line.hpp"
#include "protocols/amqp/arguments.hpp"

namespace weir::amqp {

namespace {

// A client that does not take its replies is not asked for more.
constexpr std::size_t max_unsent_bytes = std::size_t{16} << 20;

std::shared_ptr<const Settings> settings_of(const Environment& environment) {
    auto settings = environment.settings.get();
    auto name = environment.gatekeeper.cluster_name(settings->cluster_name);
    if (name == settings->cluster_name) return settings;
    auto renamed = *settings;
    renamed.cluster_name = std::move(name);
    return std::make_shared<const Settings>(std::move(renamed));
}

}  // namespace

AmqpSession::AmqpSession(std::shared_ptr<runtime::Connection> connection, Environment& environment)
    : environment_(environment),
      settings_(settings_of(environment)),
      sessions_(environment.sessions),
      connection_(std::move(connection)),
      reactor_(connection_->reactor()),
      peer_(connection_->peer()),
      handlers_(*this),
      machine_(*settings_, environment.clock, *this, handlers_) {
    handlers_.handler = environment.make_handler(*this);
}

void AmqpSession::start() {
    if (const auto low = sessions_->add(shared_from_this()); !low.empty()) machine_.set_low(low);
    watch_time();
}

void AmqpSession::set_low(std::string_view resources) {
    machine_.set_low(resources);
    settle();
}

void AmqpSession::shut_down(std::string_view why) {
    machine_.shut_down(why);
    settle();
}

void AmqpSession::on_read(std::size_t count) {
    machine_.received(count);
    settle();
}

void AmqpSession::on_sent() {
    settle();
}

void AmqpSession::on_closed() {
    if (listed_as_) environment_.connections->remove(*std::exchange(listed_as_, std::nullopt));
    connection_.reset();
    timer_.reset();
    machine_.disconnected();
    sessions_->remove(this);
}

void AmqpSession::on_login(const Credentials& credentials) {
    user_ = credentials.user;
    const auto why = environment_.gatekeeper.refuse_login(credentials, peer_);
    if (!why) return machine_.login_accepted();
    log_info("an AMQP login from {} is refused: {}", peer_.text(), *why);
    machine_.login_refused(*why);
}

void AmqpSession::on_open(std::string_view virtual_host) {
    virtual_host_ = virtual_host;
    if (auto error = environment_.gatekeeper.refuse_open(user_, virtual_host)) {
        log_info("the AMQP connection of {} is refused: {}", peer_.text(), error->explanation);
        machine_.open_refused(std::move(*error));
    } else {
        machine_.open_accepted();
    }
    if (machine_.is_running()) list();
}

// Others reach the session on its reactor alone, where it also ends.
void AmqpSession::list() {
    if (environment_.connections == nullptr) return;
    connected_at_ms_ = environment_.clock.wall_ms();
    const auto post = [weak = weak_from_this(),
                       &reactor = reactor_](std::function<void(AmqpSession&)> action) {
        reactor.post([weak, action = std::move(action)] {
            if (const auto self = weak.lock()) action(*self);
        });
    };
    listed_as_ = environment_.connections->add(
        {.describe = [post](auto tell) { post([tell](AmqpSession& self) { tell(self.describe()); }); },
         .close =
             [post](std::string why) {
                 post([why = std::move(why)](AmqpSession& self) {
                     // Whoever looks next sees it no more, as if the client had answered already.
                     if (self.listed_as_)
                         self.environment_.connections->remove(*std::exchange(self.listed_as_, std::nullopt));
                     self.shut_down(why);
                 });
             }});
}

std::string AmqpSession::name() const {
    return fmt::format("{} -> {}", peer_.text(), connection_ ? connection_->local().text() : "");
}

broker::LiveConnection AmqpSession::describe() {
    const auto& client = machine_.client();
    const auto& tuning = machine_.tuning();
    broker::LiveConnection out{.protocol = "AMQP 0-9-1",
                               .mechanism = client.mechanism(),
                               .user = user_,
                               .host = virtual_host_,
                               .name = std::string{client.connection_name()},
                               .peer = peer_,
                               .connected_at_ms = connected_at_ms_,
                               .channel_max = tuning.channel_max,
                               .frame_max = tuning.frame_max,
                               .timeout_s = tuning.heartbeat_s,
                               .client_properties = neutral(client.properties())};
    if (connection_) out.local = connection_->local();
    handlers_.describe(out);
    return out;
}

void AmqpSession::on_update_secret(std::string_view secret, std::string_view) {
    if (!environment_.gatekeeper.update_secret(user_, secret)) return machine_.secret_refused();
    machine_.secret_accepted();
    handlers_.handler->on_secret_updated();
}

// Whatever one turn of the reactor writes leaves together.
void AmqpSession::on_output() {
    if (std::exchange(flush_queued_, true)) return;
    reactor_.at_end_of_turn([self = shared_from_this()] {
        self->flush_queued_ = false;
        self->settle();
    });
}

void AmqpSession::settle() {
    if (!connection_) return;
    flush();
    if (machine_.ending() != ConnectionMachine::Ending::none) {
        if (!machine_.reason().empty())
            log_info("closing the AMQP connection of {}: {}", peer_.text(), machine_.reason());
        const auto connection = connection_;  // on_closed() lets go of it
        return connection->close();
    }
    hold_back();
    if (machine_.wants_input())
        connection_->resume_reading();
    else
        connection_->pause_reading();
    watch_time();
}

// While the client does not read it is not served, and its heartbeats are not waited for.
void AmqpSession::hold_back() {
    const bool backlog = connection_->unsent_bytes() > max_unsent_bytes;
    if (std::exchange(held_back_, backlog) == backlog) return;
    if (backlog)
        machine_.hold();
    else
        machine_.resume();
}

void AmqpSession::flush() {
    if (machine_.has_output()) connection_->send(machine_.take_output());
    machine_.set_unsent(connection_->unsent_bytes());
}

// One timer at a time: it is set anew only if something is due before it.
void AmqpSession::watch_time() {
    const auto next_ms = machine_.next_ms();
    if (next_ms == never_ms || (timer_ && timer_ms_ <= next_ms)) return;
    timer_ms_ = next_ms;
    const auto delay_ms = std::max<std::int64_t>(next_ms - environment_.clock.monotonic_ms(), 0);
    timer_ = reactor_.run_after(delay_ms, [self = shared_from_this()] {
        self->timer_.reset();
        self->machine_.tick();
        self->settle();
    });
}

}  // namespace weir::amqp
