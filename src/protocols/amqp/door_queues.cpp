// Queues come, are bound, are emptied and go.
#include "broker/queue_settings.hpp"
#include "protocols/amqp/queue_door.hpp"

namespace weir::amqp {

std::string without_line_ends(std::string_view name) {
    std::string out{name};
    std::erase_if(out, [](char c) { return c == '\r' || c == '\n'; });
    return out;
}

namespace {

std::uint32_t as_count(std::uint64_t count) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX));
}

QueueDeclareOk declare_ok(std::string_view name, const queue::QueueStatus& status) {
    QueueDeclareOk ok;
    ok.queue = name;
    ok.message_count = as_count(status.ready);
    ok.consumer_count = as_count(status.consumers);
    return ok;
}

}  // namespace

// 22 characters of base64url.
std::string QueueDoor::generated_name(std::string_view prefix) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<std::uint8_t, 22> random{};
    system_random().fill(random);
    std::string name{prefix};
    for (const auto byte : random) name += letters[byte % letters.size()];
    return name;
}

void QueueDoor::serve(ChannelNumber number, const QueueDeclare& method) {
    auto name = without_line_ends(method.queue);
    if (name == direct_reply_queue || !direct_reply_address(name).empty())
        return declare_replies(number, method, name);
    if (serve_stream(number, method, name)) return;
    if (method.passive) return declare_passively(number, method, name);
    if (name.starts_with(reserved_prefix)) {
        return machine_.fail(
            number, {ReplyCode::access_refused,
                     fmt::format("queue name '{}' contains reserved prefix 'amq.*'", name), method.info.id});
    }
    const bool is_named_here = name.empty();
    if (is_named_here) name = generated_name("amq.gen-");
    if (const auto error = check_access(access::Operation::configure, "queue", name, method.info.id))
        return machine_.fail(number, *error);
    if (const auto error = check_new_queue(method, name)) return machine_.fail(number, *error);
    topology::Queue wanted{.host = host(),
                           .name = name,
                           .is_durable = method.durable && !method.exclusive,
                           .is_auto_delete = method.auto_delete,
                           .node = broker_.node(),
                           .owner = method.exclusive ? owner_ : Uuid{},
                           .arguments = neutral(method.arguments)};
    const auto type = default_queue_type();
    if (type && !is_named_here && wanted.is_durable && !wanted.is_auto_delete)
        wanted.arguments.try_emplace("x-queue-type", *type);
    if (is_named_here && broker::is_quorum(wanted)) {
        return machine_.fail(
            number, {ReplyCode::precondition_failed,
                     "Cannot declare a server-named queue for type rabbit_quorum_queue", method.info.id});
    }
    if (const auto error = wrong_arguments(wanted)) return machine_.fail(number, *error);
    if (const auto error = check_dead_letters(wanted, method.info.id)) return machine_.fail(number, *error);
    auto begin = subscribe(wanted);
    if (const auto* error = std::get_if<AmqpError>(&begin)) return machine_.fail(number, *error);
    using Declared = broker::Queues::Declared;
    auto done = wait_for<Declared>(
        number,
        [number, wanted, nowait = method.nowait](QueueDoor& door, const Result<Declared>& declared) {
            if (wanted.is_exclusive()) door.own(wanted);
            if (!door.machine_.is_open(number)) return;
            const auto error = declared ? door.declared(number, nowait, wanted, *declared)
                                        : failure(declared.error(), QueueDeclare::info.id);
            if (error) door.machine_.fail(number, *error);
        },
        [&queues = queues_, wanted] { remove_owned(queues, wanted, [] {}); });
    queues_.declare({wanted, compared_queue_arguments(wanted)}, std::move(done),
                    std::get<Begin>(std::move(begin)));
}

std::optional<topology::Value> QueueDoor::default_queue_type() const {
    const auto catalogue = queues_.catalogue();
    const auto* state = catalogue->topology().host(host());
    if (state == nullptr) return std::nullopt;
    const auto at = state->host->settings.find("default-queue-type");
    return at == state->host->settings.end() ? std::nullopt : std::optional{at->second};
}

// Whoever has a queue's dead letters published must be allowed to take and to publish them himself.
QueueDoor::AnyError QueueDoor::check_dead_letters(const topology::Queue& queue, MethodId method) {
    const auto at = queue.arguments.find("x-dead-letter-exchange");
    if (at == queue.arguments.end()) return std::nullopt;
    if (auto error = check_access(access::Operation::read, "queue", queue.name, method)) return error;
    const auto& exchange = *at->second.text();
    return check_access(access::Operation::write, "exchange",
                        exchange.empty() ? default_exchange_resource : exchange, method);
}

QueueDoor::AnyError QueueDoor::check_new_queue(const QueueDeclare& method, const std::string& name) {
    const auto catalogue = queues_.catalogue();
    const auto* there = catalogue->topology().queue(host(), name);
    if (there == nullptr) return check_room(name, method.info.id);
    if (there->is_exclusive() == method.exclusive) return locked(*there, method.info.id);
    auto owned = *there;  // by somebody else than this connection
    owned.owner = system_random().uuid();
    return locked(owned, method.info.id);
}

// The catalogue counts too, but has no words for it.
QueueDoor::AnyError QueueDoor::check_room(const std::string& name, MethodId method) {
    const auto catalogue = queues_.catalogue();
    const auto* state = catalogue->topology().host(host());
    if (state == nullptr) return std::nullopt;
    const auto limit = limit_of(state->host->settings, "max-queues");
    if (!limit || state->queues.size() < *limit) return std::nullopt;
    return AmqpError{ReplyCode::precondition_failed,
                     fmt::format("cannot declare queue '{}': queue limit in vhost '{}' ({}) is reached", name,
                                 host(), *limit),
                     method};
}

// A queue that is there is told to be another one, whatever is wrong besides; what does not tell it apart is
// not looked at.
QueueDoor::AnyError QueueDoor::wrong_arguments(const topology::Queue& wanted) const {
    const auto mistake = queue_mistake(wanted);
    if (!mistake) return std::nullopt;
    const auto catalogue = queues_.catalogue();
    const auto* there = catalogue->topology().queue(host(), wanted.name);
    if (there == nullptr) return AmqpError{ReplyCode::precondition_failed, *mistake, QueueDeclare::info.id};
    const auto difference = topology::difference_of(wanted, *there, compared_queue_arguments(wanted));
    if (!difference) return std::nullopt;
    return inequivalent("queue", wanted.name, *difference, QueueDeclare::info.id);
}

QueueDoor::AnyError QueueDoor::declared(ChannelNumber number, bool nowait, const topology::Queue& wanted,
                                        const broker::Queues::Declared& declared) {
    if (declared.reply.difference) {
        if (auto error = locked(*declared.reply.queue, QueueDeclare::info.id)) return error;
        return inequivalent("queue", wanted.name, *declared.reply.difference, QueueDeclare::info.id);
    }
    channel(number).last_queue = wanted.name;
    if (!nowait) machine_.send(number, declare_ok(wanted.name, declared.status));
    return std::nullopt;
}

// Also if the connection has ended meanwhile.
void QueueDoor::own(const topology::Queue& wanted) {
    if (has_ended_)
        remove_owned(queues_, wanted, [] {});
    else
        exclusive_queues_.insert(wanted.name);
}

// If it is there, and the same connection's.
void QueueDoor::remove_owned(broker::Queues& queues, const topology::Queue& wanted,
                             std::function<void()> done) {
    const auto catalogue = queues.catalogue();
    const auto* state = catalogue->topology().host(wanted.host);
    const auto queue = state ? state->queues.find_shared(wanted.name) : nullptr;
    if (!queue || !wanted.is_exclusive() || queue->owner != wanted.owner) return done();
    queues.remove(queue, false, false, [done = std::move(done)](auto&&) { done(); });
}

void QueueDoor::declare_passively(ChannelNumber number, const QueueDeclare& method, const std::string& name) {
    const auto found = queue_of(name, method.info.id);
    if (const auto* error = std::get_if<AmqpError>(&found)) return machine_.fail(number, *error);
    const auto& queue = std::get<topology::QueuePtr>(found);
    channel(number).last_queue = queue->name;
    auto done = wait_for<queue::QueueStatus>(
        number,
        [number, name, nowait = method.nowait](QueueDoor& door, const Result<queue::QueueStatus>& status) {
            if (!status && status.error().code == Errc::not_found)
                return door.machine_.fail(number, *door.no_queue(name, QueueDeclare::info.id));
            if (!status) return door.machine_.fail(number, failure(status.error(), QueueDeclare::info.id));
            if (!nowait) door.machine_.send(number, declare_ok(name, *status));
        });
    queues_.status(queue->id, std::move(done));
}

void QueueDoor::serve(ChannelNumber number, const QueueDelete& method) {
    const auto id = method.info.id;
    if (serve_stream(number, method, without_line_ends(method.queue))) return;
    const auto named = queue_name(number, without_line_ends(method.queue), id);
    if (const auto* error = std::get_if<AmqpError>(&named)) return machine_.fail(number, *error);
    const auto& name = std::get<std::string>(named);
    if (const auto refused = check_access(access::Operation::configure, "queue", name, id))
        return machine_.fail(number, *refused);
    const auto found = queue_of(name, id);
    const auto* error = std::get_if<AmqpError>(&found);
    if (error && error->code == ReplyCode::not_found) {
        if (!method.nowait) machine_.send(number, QueueDeleteOk{});  // as if it had been there
        return;
    }
    if (error) return machine_.fail(number, *error);
    const auto& queue = std::get<topology::QueuePtr>(found);
    auto done =
        wait_for<queue::CountReply>(number, [number, name, id = queue->id, nowait = method.nowait](
                                                QueueDoor& door, const Result<queue::CountReply>& reply) {
            if (door.machine_.is_open(number)) door.deleted(number, nowait, name, reply);
            door.tell_ended(id);
        });
    deletions_.try_emplace(queue->id);
    queues_.remove(queue, method.if_unused, method.if_empty, std::move(done));
}

void QueueDoor::deleted(ChannelNumber number, bool nowait, std::string_view name,
                        const Result<queue::CountReply>& reply) {
    if (!reply) return machine_.fail(number, failure(reply.error(), QueueDelete::info.id));
    const auto* why = reply->answer == queue::Answer::in_use      ? "in use"
                      : reply->answer == queue::Answer::not_empty ? "not empty"
                                                                  : nullptr;
    if (why != nullptr) {
        return machine_.fail(
            number, {ReplyCode::precondition_failed,
                     fmt::format("queue '{}' in vhost '{}' {}", name, host(), why), QueueDelete::info.id});
    }
    QueueDeleteOk ok;
    ok.message_count = as_count(reply->count);
    if (!nowait) machine_.send(number, ok);
}

// As with RabbitMQ, where a client that deletes its own consumer's queue has its answer first.
void QueueDoor::tell_ended(QueueId queue) {
    const auto deletion = deletions_.extract(queue);
    if (deletion.empty()) return;
    for (const auto& [holder, consumer] : deletion.mapped()) cancelled(holder, consumer);
}

void QueueDoor::serve(ChannelNumber number, const QueuePurge& method) {
    if (refuse_for_stream(number, without_line_ends(method.queue), "queue.purge", method.info.id)) return;
    const auto found = queue_for(number, access::Operation::read, method.queue, method.info.id);
    if (const auto* error = std::get_if<AmqpError>(&found)) return machine_.fail(number, *error);
    const auto id = std::get<topology::QueuePtr>(found)->id;
    auto done = reply_with<std::uint64_t>(
        number, method, [number, nowait = method.nowait](QueueDoor& door, std::uint64_t& count) -> AnyError {
            QueuePurgeOk ok;
            ok.message_count = as_count(count);
            if (!nowait) door.machine_.send(number, ok);
            return std::nullopt;
        });
    queues_.purge(id, std::move(done));
}

void QueueDoor::serve(ChannelNumber number, const QueueBind& method) {
    if (serve_stream(number, method, without_line_ends(method.queue))) return;
    const auto named = queue_name(number, without_line_ends(method.queue), method.info.id);
    if (const auto* error = std::get_if<AmqpError>(&named)) return machine_.fail(number, *error);
    const auto& name = std::get<std::string>(named);
    const auto key =
        method.queue.empty() && method.routing_key.empty() ? std::string_view{name} : method.routing_key;
    bind(number, binding(topology::DestinationKind::queue, method.exchange, name, key, method.arguments),
         method.info.id, [this, number, nowait = method.nowait] {
             if (!nowait) machine_.send(number, QueueBindOk{});
         });
}

// Of a queue that is not there it succeeds, too.
void QueueDoor::serve(ChannelNumber number, const QueueUnbind& method) {
    if (serve_stream(number, method, without_line_ends(method.queue))) return;
    const auto named = queue_name(number, without_line_ends(method.queue), method.info.id);
    if (const auto* error = std::get_if<AmqpError>(&named)) return machine_.fail(number, *error);
    const auto& name = std::get<std::string>(named);
    const auto key =
        method.queue.empty() && method.routing_key.empty() ? std::string_view{name} : method.routing_key;
    unbind(number, binding(topology::DestinationKind::queue, method.exchange, name, key, method.arguments),
           method.info.id, [this, number] { machine_.send(number, QueueUnbindOk{}); });
}

}  // namespace weir::amqp
