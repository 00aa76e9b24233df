// Exchanges, and bindings of both kinds.
#include "protocols/amqp/queue_door.hpp"
#include "protocols/amqp/subscription_arguments.hpp"

namespace weir::amqp {
namespace {

AmqpError default_exchange(MethodId method) {
    return {ReplyCode::access_refused, "operation not permitted on the default exchange", method};
}

// In the door's words where the catalogue's are others.
topology::Difference told_difference(const topology::Difference& difference,
                                     const topology::Exchange& received, const topology::Exchange& current) {
    if (difference.attribute != "kind" && difference.attribute != "delayed") return difference;
    const bool is_inner = received.is_delayed && current.is_delayed;
    const auto text = [&](const topology::Exchange& exchange) {
        return topology::Value{
            std::string{is_inner ? exchange_type(exchange.kind) : exchange_type(exchange)}};
    };
    return {is_inner ? std::string{delayed_type_argument} : "kind", text(received), text(current)};
}

}  // namespace

// ---- exchanges

void QueueDoor::serve(ChannelNumber number, const ExchangeDeclare& method) {
    const auto name = without_line_ends(method.exchange);
    if (name.empty()) return machine_.fail(number, default_exchange(method.info.id));
    if (method.passive) return declare_exchange_passively(number, name, method.nowait);
    const auto type = declared_type(method.type, method.arguments);
    if (const auto* mistake = std::get_if<std::string>(&type))
        return machine_.fail(number, {ReplyCode::precondition_failed, *mistake, method.info.id});
    if (const auto error = check_new_exchange(method, name)) return machine_.fail(number, *error);
    const topology::Exchange wanted{.host = host(),
                                    .name = name,
                                    .kind = std::get<ExchangeType>(type).kind,
                                    .is_durable = method.durable,
                                    .is_auto_delete = method.auto_delete,
                                    .is_internal = method.internal,
                                    .is_delayed = std::get<ExchangeType>(type).is_delayed,
                                    .arguments = neutral(method.arguments)};
    using Reply = topology::DeclareExchange::Reply;
    auto done = reply_with<Reply>(
        number, method,
        [number, wanted, nowait = method.nowait](QueueDoor& door, const Reply& reply) -> AnyError {
            if (reply.difference) {
                return door.inequivalent("exchange", wanted.name,
                                         told_difference(*reply.difference, wanted, *reply.exchange),
                                         ExchangeDeclare::info.id);
            }
            if (!nowait) door.machine_.send(number, ExchangeDeclareOk{});
            return std::nullopt;
        });
    queues_.change(topology::DeclareExchange{wanted, compared_exchange_arguments()}, std::move(done));
}

void QueueDoor::declare_exchange_passively(ChannelNumber number, const std::string& name, bool nowait) {
    if (queues_.catalogue()->topology().exchange(host(), name) == nullptr)
        return machine_.fail(number, *no_exchange(name, ExchangeDeclare::info.id));
    if (!nowait) machine_.send(number, ExchangeDeclareOk{});
}

QueueDoor::AnyError QueueDoor::check_new_exchange(const ExchangeDeclare& method, const std::string& name) {
    const auto id = method.info.id;
    if (auto error = check_access(access::Operation::configure, "exchange", name, id)) return error;
    if (queues_.catalogue()->topology().exchange(host(), name) != nullptr) return std::nullopt;
    if (!name.starts_with(reserved_prefix)) return check_alternate(method, name);
    return AmqpError{ReplyCode::access_refused,
                     fmt::format("exchange name '{}' contains reserved prefix 'amq.*'", name), id};
}

// Whoever sends messages on to another exchange must be allowed to read the one and to write the other.
QueueDoor::AnyError QueueDoor::check_alternate(const ExchangeDeclare& method, const std::string& name) {
    const auto id = method.info.id;
    const auto arguments = neutral(method.arguments);
    const auto alternate = arguments.find("alternate-exchange");
    if (alternate == arguments.end()) return std::nullopt;
    if (!alternate->second.text()) {
        return AmqpError{ReplyCode::precondition_failed,
                         fmt::format("invalid type '{}' for arg 'alternate-exchange' in exchange '{}' in "
                                     "vhost '{}'",
                                     type_name(alternate->second), name, host()),
                         id};
    }
    if (auto error = check_access(access::Operation::read, "exchange", name, id)) return error;
    return check_access(access::Operation::write, "exchange", *alternate->second.text(), id);
}

void QueueDoor::serve(ChannelNumber number, const ExchangeDelete& method) {
    const auto name = without_line_ends(method.exchange);
    const auto id = method.info.id;
    if (name.empty()) return machine_.fail(number, default_exchange(id));
    if (name.starts_with(reserved_prefix)) {
        return machine_.fail(
            number,
            {ReplyCode::access_refused,
             fmt::format("deletion of system exchange '{}' in vhost '{}' not allowed", name, host()), id});
    }
    if (const auto error = check_access(access::Operation::configure, "exchange", name, id))
        return machine_.fail(number, *error);
    using Reply = topology::DeleteExchange::Reply;
    auto done = reply_with<Reply>(
        number, method,
        [number, name, nowait = method.nowait](QueueDoor& door, const Reply& reply) -> AnyError {
            if (reply.is_in_use) {
                return AmqpError{ReplyCode::precondition_failed,
                                 fmt::format("exchange '{}' in vhost '{}' in use", name, door.host()),
                                 ExchangeDelete::info.id};
            }
            if (!nowait) door.machine_.send(number, ExchangeDeleteOk{});
            return std::nullopt;
        });
    queues_.change(topology::DeleteExchange{host(), name, method.if_unused}, std::move(done));
}

// ---- bindings

topology::Binding QueueDoor::binding(topology::DestinationKind kind, std::string_view source,
                                     std::string_view destination, std::string_view key,
                                     const Table& arguments) const {
    return {.host = host(),
            .source = without_line_ends(source),
            .kind = kind,
            .destination = without_line_ends(destination),
            .key = std::string{key},
            .arguments = neutral(arguments)};
}

void QueueDoor::serve(ChannelNumber number, const ExchangeBind& method) {
    bind(number,
         binding(topology::DestinationKind::exchange, method.source, method.destination, method.routing_key,
                 method.arguments),
         method.info.id, [this, number, nowait = method.nowait] {
             if (!nowait) machine_.send(number, ExchangeBindOk{});
         });
}

void QueueDoor::serve(ChannelNumber number, const ExchangeUnbind& method) {
    unbind(number,
           binding(topology::DestinationKind::exchange, method.source, method.destination, method.routing_key,
                   method.arguments),
           method.info.id, [this, number, nowait = method.nowait] {
               if (!nowait) machine_.send(number, ExchangeUnbindOk{});
           });
}

QueueDoor::AnyError QueueDoor::check_binding_access(const topology::Binding& binding, MethodId method) {
    const bool to_exchange = binding.kind == topology::DestinationKind::exchange;
    if (auto error = check_access(access::Operation::write, to_exchange ? "exchange" : "queue",
                                  binding.destination, method))
        return error;
    if (binding.source.empty() || (to_exchange && binding.destination.empty()))
        return default_exchange(method);
    if (auto error = check_access(access::Operation::read, "exchange", binding.source, method)) return error;
    const auto catalogue = queues_.catalogue();
    const auto* source = catalogue->topology().exchange(host(), binding.source);
    if (source == nullptr || source->kind != topology::ExchangeKind::pattern ||
        authorizer_->may_use_key(access::Operation::read, binding.source, binding.key))
        return std::nullopt;
    return AmqpError{
        ReplyCode::access_refused,
        fmt::format("read access to topic '{}' in exchange '{}' in vhost '{}' refused for user '{}'",
                    binding.key, binding.source, host(), session_.user()),
        method};
}

// Of a binding that is about to be: both are there, and the one takes what tells the other apart.
QueueDoor::AnyError QueueDoor::check_ends(const topology::Binding& binding, MethodId method) const {
    const auto catalogue = queues_.catalogue();
    const auto& topology = catalogue->topology();
    const auto* source = topology.exchange(host(), binding.source);
    if (source == nullptr) return no_exchange(binding.source, method);
    if (binding.kind == topology::DestinationKind::queue) {
        const auto queue = queue_of(binding.destination, method);
        if (const auto* error = std::get_if<AmqpError>(&queue)) return *error;
        const auto& there = *std::get<topology::QueuePtr>(queue);
        if (is_subscription(there)) return no_subscription_target(there, method);
    } else if (binding.kind == topology::DestinationKind::exchange &&
               topology.exchange(host(), binding.destination) == nullptr) {
        return no_exchange(binding.destination, method);
    }
    if (source->kind != topology::ExchangeKind::header) return std::nullopt;
    if (auto mistake = header_match_mistake(binding.arguments))
        return AmqpError{ReplyCode::precondition_failed, *mistake, method};
    return std::nullopt;
}

void QueueDoor::bind(ChannelNumber number, topology::Binding binding, MethodId method,
                     std::function<void()> ok) {
    if (const auto error = check_binding_access(binding, method)) return machine_.fail(number, *error);
    if (const auto error = check_ends(binding, method)) return machine_.fail(number, *error);
    using Reply = topology::Bind::Reply;
    queues_.change(topology::Bind{std::move(binding)},
                   wait_for<Reply>(number, [number, method, ok](QueueDoor& door, const Result<Reply>& reply) {
                       if (reply) return ok();
                       door.machine_.fail(number, failure(reply.error(), method));
                   }));
}

// A binding that is not there is gone already, whoever has the queue.
void QueueDoor::unbind(ChannelNumber number, const topology::Binding& binding, MethodId method,
                       std::function<void()> ok) {
    if (const auto error = check_binding_access(binding, method)) return machine_.fail(number, *error);
    const auto catalogue = queues_.catalogue();
    const auto* queue = binding.kind == topology::DestinationKind::queue
                            ? catalogue->topology().queue(host(), binding.destination)
                            : nullptr;
    if (queue != nullptr && catalogue->topology().binding(binding) != nullptr) {
        if (const auto error = locked(*queue, method)) return machine_.fail(number, *error);
    }
    using Reply = topology::Unbind::Reply;
    queues_.change(topology::Unbind{binding},
                   wait_for<Reply>(number, [number, method, ok](QueueDoor& door, const Result<Reply>& reply) {
                       if (reply) return ok();
                       door.machine_.fail(number, failure(reply.error(), method));
                   }));
}

}  // namespace weir::amqp
