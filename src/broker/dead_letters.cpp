// Routes dead letters and writes their histories.
#include "broker/dead_letters.hpp"

#include "broker/topic_names.hpp"

namespace weir::broker {
namespace {

// The keys that the message was published with, this time.
std::vector<std::string> keys_of(const queue::StoredMessage& message, const MessageFacts& facts) {
    std::vector<std::string> keys{std::string{message.key}};
    const bool has_new_key = message.referral && message.referral->key;
    if (!has_new_key) keys.insert(keys.end(), facts.more_keys.begin(), facts.more_keys.end());
    return keys;
}

routing::Route route(const routing::RoutingTable& table, const queue::ReferRequest& request,
                     const std::vector<std::string>& keys, const MessageFacts& facts, std::uint64_t dice) {
    std::vector<std::string_view> views;
    if (request.key) views.emplace_back(*request.key);
    if (!request.key) views.assign(keys.begin(), keys.end());
    routing::Route route;
    table.route({.exchange = request.exchange, .keys = views, .headers = facts.headers.get(), .dice = dice},
                route);
    return route;
}

void drop_cycles(std::vector<QueueId>& targets, const queue::History& history, queue::Reason reason,
                 const routing::RoutingTable& table) {
    for (const auto& death : history) {
        const auto id = table.queue(death.queue);
        if (id && queue::closes_cycle(history, reason, death.queue)) std::erase(targets, *id);
    }
}

}  // namespace

std::string encode(const DeadLetterTarget& target) {
    return target.key ? target.exchange + '\0' + *target.key : target.exchange;
}

DeadLetterTarget decode_dead_letter_target(std::string_view text) {
    const auto end = text.find('\0');
    if (end == std::string_view::npos) return {std::string{text}, std::nullopt};
    return {std::string{text.substr(0, end)}, std::string{text.substr(end + 1)}};
}

std::string log_name(const topology::Queue& queue) {
    return queue.host + '\0' + queue.name;
}

HostAndName split_log_name(std::string_view name) {
    const auto end = std::min(name.find('\0'), name.size());
    return {name.substr(0, end), name.substr(std::min(end + 1, name.size()))};
}

Burial bury(const queue::DeadMessage& dead, const MessageFacts& facts, const routing::RoutingTable* table,
            std::int64_t now_ms, std::uint64_t dice) {
    const auto* before = dead.message.referral.get();
    auto target = decode_dead_letter_target(dead.target);
    if (!target.key && before != nullptr) target.key = before->key;
    Burial out{.request = {.source = dead.letter.message,
                           .priority = facts.priority,
                           .group_key = facts.group_key,
                           .history = before != nullptr ? before->history : queue::History{},
                           .exchange = std::move(target.exchange),
                           .key = std::move(target.key)},
               .targets = {}};
    const auto keys = keys_of(dead.message, facts);
    queue::add_death(out.request.history, {.queue = std::string{split_log_name(dead.queue).name},
                                           .reason = dead.letter.reason,
                                           .first_time_ms = now_ms,
                                           .exchange = std::string{dead.message.exchange},
                                           .keys = keys,
                                           .original_ttl_ms = before != nullptr ? -1 : facts.ttl_ms});
    if (table == nullptr) return out;
    auto found = route(*table, out.request, keys, facts, dice);
    out.targets = std::move(found.queues);
    out.topics = std::move(found.topics);
    drop_cycles(out.targets, out.request.history, dead.letter.reason, *table);
    return out;
}

std::string relayed_exchange(std::string_view host, std::string_view exchange) {
    if (host == plain_topics_host) return std::string{exchange};
    return log_name({.host = std::string{host}, .name = std::string{exchange}});
}

HostAndName split_relayed_exchange(std::string_view name) {
    const bool is_plain = name.find('\0') == std::string_view::npos;
    return is_plain ? HostAndName{plain_topics_host, name} : split_log_name(name);
}

std::vector<std::string> delayed_topics(const routing::RoutingTable& table,
                                        const queue::StoredMessage& message, const MessageFacts& facts) {
    const auto keys = keys_of(message, facts);
    const std::vector<std::string_view> views(keys.begin(), keys.end());
    routing::Message wanted{.exchange = message.exchange,
                            .keys = views,
                            .headers = facts.headers.get(),
                            .dice = 0,
                            .is_to_be_delayed = true};
    routing::Route first;
    table.route(wanted, first);
    return table.route_on(wanted, first).topics;
}

queue::StoredMessage exhumed(const queue::StoredMessage& message, const queue::ReferRequest& request) {
    auto referral = std::make_shared<queue::ReferRecord>();
    referral->history = request.history;
    referral->exchange = request.exchange;
    referral->key = request.key;
    auto out = message;
    out.exchange = referral->exchange;
    if (referral->key) out.key = *referral->key;
    out.referral = std::move(referral);
    return out;
}

}  // namespace weir::broker
