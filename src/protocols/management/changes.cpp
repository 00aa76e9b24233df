// What is declared again must agree with what is there.
#include "protocols/management/changes.hpp"

#include "broker/topic_names.hpp"
#include "protocols/amqp/arguments.hpp"
#include "protocols/amqp/gate.hpp"
#include "protocols/amqp/stream_arguments.hpp"
#include "protocols/amqp/subscription_arguments.hpp"
#include "protocols/management/streams.hpp"

namespace weir::management {

namespace {

Error inequivalent(std::string_view what, std::string_view host, std::string_view name,
                   const topology::Difference& difference) {
    return bad_request(amqp::inequivalent_text(what, host, name, difference));
}

// As for those whom AMQP clients declare.
void add_default_type(Services& services, topology::Queue& queue) {
    const auto catalogue = services.queues().catalogue();
    const auto* host = catalogue->topology().host(queue.host);
    if (host == nullptr || !queue.is_durable || queue.is_auto_delete) return;
    const auto at = host->host->settings.find("default-queue-type");
    if (at != host->host->settings.end()) queue.arguments.try_emplace("x-queue-type", at->second);
}

// What is there is a stream and not to be one, or the other way round.
std::optional<topology::Difference> type_difference(const Services& services, const topology::Queue& wanted) {
    const auto catalogue = services.broker.queues().catalogue();
    const bool is_queue = catalogue->topology().queue(wanted.host, wanted.name) != nullptr;
    const bool wants_stream = is_stream(wanted);
    const bool is_there = is_queue || find_stream(services, wanted.host, wanted.name);
    if (!is_there || is_queue != wants_stream) return std::nullopt;
    topology::Difference out{std::string{amqp::queue_type_argument}, {}, {}};
    (wants_stream ? out.received : out.current) = topology::Value{std::string{amqp::stream_type}};
    return out;
}

// None at all are had by everybody. A file has not all that is kept of a password.
bool has_all(const topology::User& user, const std::vector<topology::Credential>& credentials) {
    return std::ranges::all_of(credentials, [&](const auto& one) {
        return std::ranges::find(user.credentials, one) != user.credentials.end();
    });
}

}  // namespace

Result<bool> make_host(Services& services, topology::VirtualHost wanted) {
    const auto catalogue = services.queues().catalogue();
    if (const auto* there = catalogue->topology().host(wanted.name)) {
        auto settings = there->host->settings;
        for (auto& [name, value] : wanted.settings) settings[name] = std::move(value);
        wanted.settings = std::move(settings);
        if (wanted.description.empty()) wanted.description = there->host->description;
        if (wanted.tags.empty()) wanted.tags = there->host->tags;
    }
    const auto put =
        change(services, topology::PutVirtualHost{std::move(wanted), amqp::predeclared_exchanges()});
    if (!put) return put.error();
    return put->is_new;
}

Result<bool> make_exchange(Services& services, const topology::Exchange& wanted) {
    const auto made =
        change(services, topology::DeclareExchange{wanted, amqp::compared_exchange_arguments()});
    if (!made) return made.error();
    if (made->difference) return inequivalent("exchange", wanted.host, wanted.name, *made->difference);
    return made->is_new;
}

Result<bool> make_queue(Services& services, topology::Queue wanted) {
    wanted.node = services.broker.node();
    add_default_type(services, wanted);
    if (auto difference = type_difference(services, wanted))
        return inequivalent("queue", wanted.host, wanted.name, *difference);
    if (is_stream(wanted)) return make_stream(services, wanted);
    if (auto mistake = amqp::queue_mistake(wanted)) return bad_request(std::move(*mistake));
    auto begin = amqp::prepare_subscription(wanted, services.broker.topics());
    if (auto* mistake = std::get_if<amqp::SubscriptionMistake>(&begin))
        return bad_request(std::move(mistake->why));
    const auto made = await<broker::Queues::Declared>([&](auto done) {
        services.queues().declare({wanted, amqp::compared_queue_arguments(wanted)}, std::move(done),
                                  std::get<std::optional<broker::SubscriptionBegin>>(std::move(begin)));
    });
    if (!made) return made.error();
    if (made->reply.difference) {
        return inequivalent("queue", wanted.host, wanted.name, *made->reply.difference);
    }
    return made->reply.is_new;
}

Result<bool> make_binding(Services& services, const topology::Binding& asked) {
    const auto wanted = with_stream(services, asked);
    if (wanted.kind == topology::DestinationKind::topic &&
        broker::split_topic_name(wanted.destination).host != wanted.host)
        return bad_request(fmt::format("the topic '{}' is another vhost's", wanted.destination));
    const auto made = change(services, topology::Bind{wanted});
    if (!made) return made.error();
    return made->is_new;
}

Result<bool> make_user(Services& services, topology::User wanted, bool clears_password) {
    const auto catalogue = services.queues().catalogue();
    if (const auto* there = catalogue->topology().user(wanted.name)) {
        if (!clears_password && has_all(*there, wanted.credentials)) wanted.credentials = there->credentials;
        if (wanted.settings.empty()) wanted.settings = there->settings;
    }
    const auto put = change(services, topology::PutUser{std::move(wanted)});
    if (!put) return put.error();
    return put->is_new;
}

Result<bool> make_permissions(Services& services, const topology::Permissions& wanted) {
    const auto catalogue = services.queues().catalogue();
    const bool is_new = catalogue->topology().permissions(wanted.user, wanted.host) == nullptr;
    const auto set = change(services, topology::SetPermissions{wanted});
    if (!set) return set.error();
    return is_new;
}

Result<bool> make_topic_permissions(Services& services, const topology::TopicPermissions& wanted) {
    const auto catalogue = services.queues().catalogue();
    const bool is_new =
        catalogue->topology().topic_permissions(wanted.user, wanted.host, wanted.exchange) == nullptr;
    const auto set = change(services, topology::SetTopicPermissions{wanted});
    if (!set) return set.error();
    return is_new;
}

Result<bool> make_policy(Services& services, const topology::Policy& wanted) {
    const auto catalogue = services.queues().catalogue();
    const auto* host = catalogue->topology().host(wanted.host);
    const bool is_new = host == nullptr ||
                        host->policies.find({wanted.is_operator, std::string_view{wanted.name}}) == nullptr;
    const auto set = change(services, topology::SetPolicy{wanted});
    if (!set) return set.error();
    return is_new;
}

Result<bool> make_parameter(Services& services, const topology::Parameter& wanted) {
    const auto set = change(services, topology::SetParameter{wanted});
    if (!set) return set.error();
    return set->is_new;
}

Result<void> remove_queue(Services& services, const topology::QueuePtr& queue, bool if_unused,
                          bool if_empty) {
    const auto removed = await<queue::CountReply>(
        [&](auto done) { services.queues().remove(queue, if_unused, if_empty, std::move(done)); });
    if (!removed) return removed.error();
    const auto* why = removed->answer == queue::Answer::in_use      ? "in use"
                      : removed->answer == queue::Answer::not_empty ? "not empty"
                                                                    : nullptr;
    if (why == nullptr) return {};
    return bad_request(fmt::format("queue '{}' in vhost '{}' {}", queue->name, queue->host, why));
}

}  // namespace weir::management
