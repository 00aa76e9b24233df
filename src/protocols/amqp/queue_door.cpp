// Channels begin and end; and what all methods need.
#include "protocols/amqp/queue_door.hpp"

namespace weir::amqp {
namespace {

// Calls `done` after `count` calls, on whichever thread the last one comes.
std::function<void()> after(std::size_t count, std::function<void()> done) {
    return [left = std::make_shared<std::atomic<std::size_t>>(count), done = std::move(done)] {
        if (--*left == 0) done();
    };
}

bool is_settlement(const AnyMethod& method) {
    return std::holds_alternative<BasicAck>(method) || std::holds_alternative<BasicNack>(method) ||
           std::holds_alternative<BasicReject>(method);
}

}  // namespace

void QueueDoor::Link::run(const std::shared_ptr<Link>& link, std::function<void(QueueDoor&)> action,
                          std::function<void()> without) {
    link->reactor.post([link, action = std::move(action), without = std::move(without)] {
        if (link->door != nullptr) return action(*link->door);
        if (without) without();
    });
}

QueueDoor::QueueDoor(AmqpSession& session, broker::Broker& broker, Usage& usage)
    : session_(session),
      machine_(session.machine()),
      broker_(broker),
      queues_(broker.queues()),
      replies_(broker.replies()),
      usage_(usage),
      link_(std::make_shared<Link>(session.reactor(), this)),
      owner_(system_random().uuid()),
      catalogue_(broker.controller()),
      router_(queues_.router()),
      writer_(broker, session.reactor()) {}

QueueDoor::~QueueDoor() {
    link_->door = nullptr;
}

// ---- channels

void QueueDoor::on_channel_opened(ChannelNumber number) {
    if (!authorizer_) authorizer_.emplace(session_.user(), session_.virtual_host());
    update_authorizer();
    const auto limit =
        authorizer_->user() ? limit_of(authorizer_->user()->settings, "max-channels") : std::nullopt;
    if (!usage_.open_channel(session_.user(), limit)) {
        return machine_.fail(number, {ReplyCode::not_allowed,
                                      fmt::format("number of channels opened for user '{}' has reached the "
                                                  "maximum allowed user limit of ({})",
                                                  session_.user(), *limit)});
    }
    auto& state = channels_[number];
    state.holder = queues_.new_holder();
    numbers_[state.holder] = number;
}

void QueueDoor::on_channel_closed(ChannelNumber number) {
    auto ended = channels_.extract(number);
    if (ended.empty()) return;
    auto& state = ended.mapped();
    usage_.close_channel(session_.user());
    stop_replies(state);
    if (state.transaction) take_transaction(state);
    send_out();
    numbers_.erase(state.holder);
    if (state.places.empty()) return;
    machine_.hold(number);
    const auto one_done = after(state.places.size(), [link = link_, number] {
        Link::run(link, [number](QueueDoor& door) {
            door.machine_.resume(number);
            door.session_.wake();
        });
    });
    for (const auto& place : state.places) place->close(state.holder, one_done);
}

bool QueueDoor::on_connection_closed() {
    has_ended_ = true;
    std::vector<topology::QueuePtr> owned;
    const auto catalogue = queues_.catalogue();
    const auto* state = catalogue->topology().host(host());
    for (const auto& name : exclusive_queues_) {
        const auto queue = state ? state->queues.find_shared(name) : nullptr;
        if (queue && queue->owner == owner_) owned.push_back(queue);
    }
    if (owned.empty()) return true;
    const auto one_done = after(owned.size(), [link = link_] {
        Link::run(link, [](QueueDoor& door) {
            door.machine_.released();
            door.session_.wake();
        });
    });
    for (const auto& queue : owned) {
        queues_.remove(queue, false, false, [one_done](auto&&) { one_done(); });
    }
    return false;
}

void QueueDoor::describe(broker::LiveConnection& out) {
    for (const auto& [number, state] : channels_) {
        broker::LiveChannel channel{.number = number,
                                    .window = state.prefetch,
                                    .shared_window = state.shared_prefetch,
                                    .unacknowledged = state.unacked.size(),
                                    .unconfirmed = state.confirms.waiting(),
                                    .is_confirming = state.confirms.is_on,
                                    .is_transactional = state.transaction.has_value()};
        for (const auto& [tag, consumer] : state.consumers) channel.consumers.push_back(consumer.facts);
        for (const auto& [tag, consumer] : state.streams)
            channel.consumers.push_back(
                {.tag = tag, .queue = consumer->source().name, .window = consumer->window()});
        out.channels.push_back(std::move(channel));
    }
}

// Logs hear of what came before a method before they hear of the method.
void QueueDoor::on_method(ChannelNumber number, const AnyMethod& method) {
    if (!is_settlement(method)) send_out();
    std::visit([&](const auto& known) { serve(number, known); }, method);
}

std::pair<const ChannelNumber, ChannelState>* QueueDoor::find(queue::HolderId holder) {
    const auto at = numbers_.find(holder);
    return at == numbers_.end() ? nullptr : &*channels_.find(at->second);
}

// Another leader has the queues, and the consumers: what was sent comes again, to whoever is first. What the
// client still says of it counts for nothing.
void QueueDoor::lost(queue::HolderId holder, const ChannelState::Place& place) {
    auto* at = find(holder);
    if (at == nullptr) return;
    auto& state = at->second;
    const auto is_lost = [&](QueueId queue) { return queue != lost_queue && queues_.place(queue) == place; };
    for (auto& [tag, one] : state.unacked) {
        if (is_lost(one.message.queue)) one.message.queue = lost_queue;
    }
    if (state.transaction) {
        for (auto& settlement : state.transaction->settlements)
            if (is_lost(settlement.unacked.message.queue)) settlement.unacked.message.queue = lost_queue;
    }
    std::erase_if(state.waiting,
                  [&](const auto& arrival) { return is_lost(arrival.delivery.message.queue); });
    for (auto& [tag, subscription] : state.consumers) {
        if (subscription.place == place) subscription.sent = 0;
    }
}

void QueueDoor::update_authorizer() {
    const auto& now = catalogue_.current();
    if (now == authorized_by_) return;
    authorized_by_ = now;
    authorizer_->update(now->topology());
    const auto* state = now->topology().host(host());
    is_traced_ = state != nullptr && is_on(state->host->settings, trace_setting);
}

// ---- errors

QueueDoor::AnyError QueueDoor::check_access(access::Operation operation, std::string_view kind,
                                            std::string_view name, MethodId method) {
    update_authorizer();
    if (authorizer_->may(operation, name)) return std::nullopt;
    const auto* word = operation == access::Operation::configure ? "configure"
                       : operation == access::Operation::write   ? "write"
                                                                 : "read";
    return AmqpError{ReplyCode::access_refused,
                     fmt::format("{} access to {} '{}' in vhost '{}' refused for user '{}'", word, kind, name,
                                 host(), session_.user()),
                     method};
}

QueueDoor::AnyError QueueDoor::no_exchange(std::string_view name, MethodId method) const {
    return AmqpError{ReplyCode::not_found, fmt::format("no exchange '{}' in vhost '{}'", name, host()),
                     method};
}

QueueDoor::AnyError QueueDoor::no_queue(std::string_view name, MethodId method) const {
    return AmqpError{ReplyCode::not_found, fmt::format("no queue '{}' in vhost '{}'", name, host()), method};
}

QueueDoor::AnyError QueueDoor::locked(const topology::Queue& queue, MethodId method) const {
    if (!queue.is_exclusive() || queue.owner == owner_) return std::nullopt;
    return AmqpError{ReplyCode::resource_locked,
                     fmt::format("cannot obtain exclusive access to locked queue '{}' in vhost '{}'. It "
                                 "could be originally declared on another connection or the exclusive "
                                 "property value does not match that of the original declaration.",
                                 queue.name, host()),
                     method};
}

AmqpError QueueDoor::failure(const Error& error, MethodId method) {
    switch (error.code) {
        case Errc::not_found: return {ReplyCode::not_found, error.message, method};
        case Errc::invalid_argument:
        case Errc::invalid_name:
        case Errc::limit_exceeded: return {ReplyCode::precondition_failed, error.message, method};
        default: return {ReplyCode::internal_error, error.message, method};
    }
}

AmqpError QueueDoor::inequivalent(std::string_view what, std::string_view name,
                                  const topology::Difference& difference, MethodId method) const {
    return {ReplyCode::precondition_failed, inequivalent_text(what, host(), name, difference), method};
}

std::variant<std::string, AmqpError> QueueDoor::queue_name(ChannelNumber number, std::string_view name,
                                                           MethodId method) {
    const auto& last = channel(number).last_queue;
    if (name.empty() && last.empty())
        return AmqpError{ReplyCode::not_found, "no previously declared queue", method};
    return name.empty() ? last : std::string{name};
}

std::variant<topology::QueuePtr, AmqpError> QueueDoor::queue_of(std::string_view name,
                                                                MethodId method) const {
    const auto catalogue = queues_.catalogue();
    const auto* state = catalogue->topology().host(host());
    auto queue = state ? state->queues.find_shared(name) : nullptr;
    if (!queue) return *no_queue(name, method);
    if (auto error = locked(*queue, method)) return *error;
    return queue;
}

std::variant<topology::QueuePtr, AmqpError> QueueDoor::queue_for(ChannelNumber number,
                                                                 access::Operation operation,
                                                                 std::string_view name, MethodId method) {
    const auto named = queue_name(number, name, method);
    if (const auto* error = std::get_if<AmqpError>(&named)) return *error;
    const auto& known = std::get<std::string>(named);
    if (auto error = check_access(operation, "queue", known, method)) return *error;
    return queue_of(known, method);
}

}  // namespace weir::amqp
