// Streams: topics by the names and methods of queues (docs/protocols/mapping.md).
#include "broker/topic_names.hpp"
#include "broker/topic_size.hpp"
#include "protocols/amqp/queue_door.hpp"
#include "protocols/amqp/stream_arguments.hpp"

namespace weir::amqp {
namespace {

std::string named(std::string_view name, std::string_view host) {
    return fmt::format("queue '{}' in vhost '{}'", name, host);
}

std::string stream_name(const broker::Topic& topic) {
    return broker::split_topic_name(topic.name()).name;
}

topology::Queue wanted_stream(const QueueDeclare& method, const std::string& name, const std::string& host,
                              const Uuid& owner) {
    return {.host = host,
            .name = name,
            .is_durable = method.durable,
            .is_auto_delete = method.auto_delete,
            .owner = method.exclusive ? owner : Uuid{},
            .arguments = neutral(method.arguments)};
}

QueueDeclareOk stream_ok(std::string_view name, std::int64_t messages) {
    QueueDeclareOk ok;
    ok.queue = name;
    ok.message_count = static_cast<std::uint32_t>(std::clamp<std::int64_t>(messages, 0, UINT32_MAX));
    return ok;
}

}  // namespace

// Weir's own topics are no streams, and another virtual host's are none here.
QueueDoor::TopicPtr QueueDoor::stream_named(std::string_view name) const {
    return broker::find_in_host(broker_.topics(), host(), name);
}

// By what it says, else by what the virtual host has for queues that don't say.
bool QueueDoor::wants_stream(const QueueDeclare& method, std::string_view name) const {
    if (const auto type = method.arguments.find(queue_type_argument)) return type->as_text() == stream_type;
    if (name.empty() || !method.durable || method.exclusive || method.auto_delete) return false;
    const auto type = default_queue_type();
    return type && type->text() != nullptr && *type->text() == stream_type;
}

// A queue of the same name hides it.
QueueDoor::TopicPtr QueueDoor::stream_of(ChannelNumber number, std::string_view name) const {
    const std::string_view wanted = name.empty() ? channels_.at(number).last_queue : name;
    auto topic = stream_named(wanted);
    if (!topic || queues_.catalogue()->topology().queue(host(), wanted) != nullptr) return nullptr;
    return topic;
}

// ---- declarations

bool QueueDoor::serve_stream(ChannelNumber number, const QueueDeclare& method, const std::string& name) {
    const auto there = stream_of(number, name);
    if (method.passive) {
        if (there) tell_stream(number, *there, method.nowait);
        return there != nullptr;
    }
    const bool is_stream = wants_stream(method, name);
    const bool is_queue = queues_.catalogue()->topology().queue(host(), name) != nullptr;
    if (is_queue ? !is_stream : !is_stream && !there) return false;
    if (const auto error = check_new_stream(method, name, is_queue)) {
        machine_.fail(number, *error);
    } else if (there) {
        if (const auto difference = check_stream_difference(method, *there))
            machine_.fail(number, *difference);
        else
            tell_stream(number, *there, method.nowait);
    } else {
        create_stream(number, method, name);
    }
    return true;
}

QueueDoor::AnyError QueueDoor::check_new_stream(const QueueDeclare& method, const std::string& name,
                                                bool is_queue) {
    if (auto error = check_access(access::Operation::configure, "queue", name, method.info.id)) return error;
    const topology::Value stream{std::string{stream_type}};
    if (is_queue)
        return inequivalent("queue", name, {std::string{queue_type_argument}, stream, type_of(name)},
                            method.info.id);
    if (!wants_stream(method, name)) {
        const auto type = method.arguments.find(queue_type_argument);
        const auto received = type ? std::optional{neutral(*type)} : std::nullopt;
        return inequivalent("queue", name, {std::string{queue_type_argument}, received, stream},
                            method.info.id);
    }
    const auto mistake = stream_mistake(wanted_stream(method, name, host(), owner_));
    if (!mistake) return std::nullopt;
    return AmqpError{ReplyCode::precondition_failed, *mistake, method.info.id};
}

// Of a queue that is there, if it was declared with one.
std::optional<topology::Value> QueueDoor::type_of(const std::string& name) const {
    const auto catalogue = queues_.catalogue();
    const auto* queue = catalogue->topology().queue(host(), name);
    if (queue == nullptr) return std::nullopt;
    const auto at = queue->arguments.find(queue_type_argument);
    return at == queue->arguments.end() ? std::nullopt : std::optional{at->second};
}

QueueDoor::AnyError QueueDoor::check_stream_difference(const QueueDeclare& method,
                                                       const broker::Topic& topic) {
    const auto difference =
        stream_difference(neutral(method.arguments), topic.settings(), topic.info->overrides);
    if (!difference) return std::nullopt;
    return inequivalent("queue", stream_name(topic), *difference, method.info.id);
}

void QueueDoor::create_stream(ChannelNumber number, const QueueDeclare& method, const std::string& name) {
    const auto wanted = wanted_stream(method, name, host(), owner_);
    auto settings = stream_settings(wanted);
    if (const auto* mistake = std::get_if<std::string>(&settings))
        return machine_.fail(number, {ReplyCode::precondition_failed, *mistake, method.info.id});
    auto done = wait_for<metadata::TopicPtr>(
        number,
        [number, name, nowait = method.nowait](QueueDoor& door, const Result<metadata::TopicPtr>& made) {
            const auto topic = door.stream_named(name);
            if (topic && (made || made.error().code == Errc::already_exists))
                return door.tell_stream(number, *topic, nowait);
            const auto error = made ? Error{Errc::internal, "the stream was deleted at once"} : made.error();
            door.machine_.fail(number, failure(error, QueueDeclare::info.id));
        });
    broker_.change(stream_topic(wanted, std::get<metadata::Overrides>(std::move(settings)),
                                *broker_.controller().catalogue()),
                   std::move(done));
}

void QueueDoor::tell_stream(ChannelNumber number, const broker::Topic& topic, bool nowait) {
    if (!machine_.is_open(number)) return;
    const auto name = stream_name(topic);
    channel(number).last_queue = name;
    if (nowait) return;
    const auto told =
        wait_for<std::int64_t>(number, [number, name](QueueDoor& door, const Result<std::int64_t>& messages) {
            if (door.machine_.is_open(number)) door.machine_.send(number, stream_ok(name, *messages));
        });
    broker::count_records(topic, broker_.topic_access(), told);
}

bool QueueDoor::serve_stream(ChannelNumber number, const QueueDelete& method, const std::string& name) {
    const auto topic = stream_of(number, name);
    if (!topic) return false;
    if (const auto error =
            check_access(access::Operation::configure, "queue", stream_name(*topic), method.info.id)) {
        machine_.fail(number, *error);
        return true;
    }
    auto done = wait_for<metadata::TopicPtr>(
        number, [number, nowait = method.nowait](QueueDoor& door, const Result<metadata::TopicPtr>& gone) {
            if (!gone && gone.error().code != Errc::not_found)
                return door.machine_.fail(number, failure(gone.error(), QueueDelete::info.id));
            if (!nowait) door.machine_.send(number, QueueDeleteOk{});
        });
    broker_.change(metadata::DeleteTopic{.name = topic->name()}, std::move(done));
    return true;
}

bool QueueDoor::serve_stream(ChannelNumber number, const QueueBind& method, const std::string& name) {
    const auto topic = stream_of(number, name);
    if (!topic) return false;
    const auto key = method.queue.empty() && method.routing_key.empty() ? stream_name(*topic)
                                                                        : std::string{method.routing_key};
    bind(number,
         binding(topology::DestinationKind::topic, method.exchange, topic->name(), key, method.arguments),
         method.info.id, [this, number, nowait = method.nowait] {
             if (!nowait) machine_.send(number, QueueBindOk{});
         });
    return true;
}

bool QueueDoor::serve_stream(ChannelNumber number, const QueueUnbind& method, const std::string& name) {
    const auto topic = stream_of(number, name);
    if (!topic) return false;
    const auto key = method.queue.empty() && method.routing_key.empty() ? stream_name(*topic)
                                                                        : std::string{method.routing_key};
    unbind(number,
           binding(topology::DestinationKind::topic, method.exchange, topic->name(), key, method.arguments),
           method.info.id, [this, number] { machine_.send(number, QueueUnbindOk{}); });
    return true;
}

bool QueueDoor::refuse_for_stream(ChannelNumber number, std::string_view name, std::string_view what,
                                  MethodId method) {
    const auto topic = stream_of(number, name);
    if (!topic) return false;
    machine_.fail(number, {ReplyCode::not_implemented,
                           fmt::format("{} not supported by stream queues {}", what,
                                       named(stream_name(*topic), host())),
                           method});
    return true;
}

// ---- messages in

// What the default exchange routes by: names of streams as those of queues.
void QueueDoor::add_streams() {
    if (keys_.size() == 1 && route_.queues.size() == 1) return;  // the queue of that name
    for (const auto key : keys_) {
        const auto topic = stream_named(key);
        if (topic && catalogue_.current()->topology().queue(host(), key) == nullptr)
            route_.topics.push_back(topic->name());
    }
    std::ranges::sort(route_.topics);
    route_.topics.erase(std::ranges::unique(route_.topics).begin(), route_.topics.end());
}

void QueueDoor::append_to_topics(const Publish& publish, const broker::TopicWriter::Done& one_done) {
    for (const auto& name : route_.topics) {
        const auto topic = broker_.topics().find(name);
        if (topic) {
            const auto now_ms = broker_.clock().wall_ms();
            writer_.add(topic, to_record(publish, stream_name(*topic), now_ms), one_done);
        } else {
            one_done(Error{Errc::not_found, "no such topic"});
        }
    }
}

}  // namespace weir::amqp
