// Routing: from exchange to exchange until there are only queues and topics.
#include "broker/routing/routing_table.hpp"

#include <boost/container/small_vector.hpp>
#include <unordered_set>

#include "base/assert.hpp"
#include "metadata/topology/effective_policy.hpp"

namespace weir::routing {

namespace {

auto has_name(std::string_view name) {
    return [name](const ExchangeTable& table) { return table.exchange().name == name; };
}

std::string alternate_of(const topology::HostState& host, const topology::Exchange& exchange) {
    const auto policy = topology::policy_of(host, exchange);
    const auto alternate = topology::effective("alternate-exchange", exchange.arguments, policy.definition);
    return alternate && alternate->text() != nullptr ? *alternate->text() : std::string{};
}

template <class List>
void sort_once(List& list) {
    if (list.size() < 2) return;
    std::ranges::sort(list);
    list.erase(std::unique(list.begin(), list.end()), list.end());
}

// The exchanges that a message has been to and is on its way to.
class Way {
  public:
    void go_to(const ExchangeTable* exchange) {
        if (exchange != nullptr && is_new(exchange)) seen_.push_back(exchange);
    }
    const ExchangeTable* next() { return at_ < seen_.size() ? seen_[at_++] : nullptr; }

  private:
    bool is_new(const ExchangeTable* exchange) {
        if (seen_.size() < few) return std::ranges::find(seen_, exchange) == seen_.end();
        if (many_.empty()) many_.insert(seen_.begin(), seen_.end());
        return many_.insert(exchange).second;
    }

    static constexpr std::size_t few = 32;
    boost::container::small_vector<const ExchangeTable*, 8> seen_;
    std::unordered_set<const ExchangeTable*> many_;  // the same, once there are more than a few
    std::size_t at_ = 0;
};

}  // namespace

RoutingTable::RoutingTable(const topology::HostState& host) {
    host.queues.for_each(
        [&](const topology::QueuePtr& queue) { on(topology::Change<topology::Queue>{nullptr, queue}); });
    std::shared_ptr<ExchangeTable> table;
    host.exchanges.for_each([&](const topology::ExchangePtr& exchange) {
        table = std::make_shared<ExchangeTable>(exchange);
        table->alternate = alternate_of(host, *exchange);
        host.for_each_from(exchange->name, [&](const topology::BindingPtr& binding) { table->add(binding); });
        put(std::move(table));
    });
}

const ExchangeTable* RoutingTable::find(std::string_view exchange) const {
    return exchanges_.find(key_hash(exchange), has_name(exchange));
}

std::optional<QueueId> RoutingTable::queue(std::string_view name) const {
    const auto* entry = queues_.find(key_hash(name), [&](const QueueEntry& at) { return at.name == name; });
    return entry != nullptr ? std::optional{entry->id} : std::nullopt;
}

void RoutingTable::put(std::shared_ptr<const ExchangeTable> exchange) {
    const auto& name = exchange->exchange().name;
    exchanges_.put(key_hash(name), exchange, has_name(name));
}

bool RoutingTable::route(const Message& message, Route& out) const {
    out.clear();
    ASSERT(!message.keys.empty());
    if (message.exchange.empty()) {
        for (const auto key : message.keys)
            if (const auto id = queue(key)) out.queues.push_back(*id);
        return sort_once(out.queues), true;
    }
    Way way;
    way.go_to(find(message.exchange));
    Step step;
    const auto* exchange = way.next();
    if (exchange == nullptr) return false;
    for (; exchange != nullptr; exchange = way.next()) {
        if (message.is_to_be_delayed && exchange->exchange().is_delayed) {
            out.delaying.push_back(exchange->exchange().name);
            continue;
        }
        step.clear();
        exchange->match(message, step);
        if (step.empty() && !exchange->alternate.empty()) way.go_to(find(exchange->alternate));
        out.queues.insert(out.queues.end(), step.queues.begin(), step.queues.end());
        out.topics.insert(out.topics.end(), step.topics.begin(), step.topics.end());
        for (const auto name : step.exchanges) way.go_to(find(name));
    }
    sort_once(out.queues), sort_once(out.topics), sort_once(out.delaying);
    return true;
}

Route RoutingTable::route_on(Message message, const Route& kept) const {
    message.is_to_be_delayed = false;
    Route all, one;
    for (const auto& exchange : kept.delaying) {
        message.exchange = exchange;
        route(message, one);
        all.queues.insert(all.queues.end(), one.queues.begin(), one.queues.end());
        all.topics.insert(all.topics.end(), one.topics.begin(), one.topics.end());
    }
    sort_once(all.queues), sort_once(all.topics);
    return all;
}

void RoutingTable::on(const topology::Change<topology::Exchange>& change, const topology::HostState& now) {
    const auto& exchange = change.after != nullptr ? *change.after : *change.before;
    if (change.after == nullptr) return exchanges_.erase(key_hash(exchange.name), has_name(exchange.name));
    auto table = std::make_shared<ExchangeTable>(change.after);
    table->alternate = alternate_of(now, exchange);
    put(std::move(table));
}

void RoutingTable::on(const topology::Change<topology::Queue>& change) {
    const auto& queue = change.after != nullptr ? *change.after : *change.before;
    const auto is_it = [&](const QueueEntry& at) { return at.name == queue.name; };
    if (change.after == nullptr) return queues_.erase(key_hash(queue.name), is_it);
    queues_.put(key_hash(queue.name), std::make_shared<const QueueEntry>(QueueEntry{queue.name, queue.id}),
                is_it);
}

void RoutingTable::on(const topology::Change<topology::Binding>& change) {
    const auto& binding = change.after != nullptr ? change.after : change.before;
    auto& exchange = edit(binding->source);
    change.after != nullptr ? exchange.add(binding) : exchange.remove(binding);
}

ExchangeTable& RoutingTable::edit(std::string_view exchange) {
    const auto* before = find(exchange);
    ASSERT(before != nullptr);
    if (before != edited_.get()) {
        edited_ = std::make_shared<ExchangeTable>(*before);
        put(edited_);
    }
    return *edited_;
}

void RoutingTable::on_policies(const topology::HostState& now) {
    now.exchanges.for_each([&](const topology::ExchangePtr& exchange) {
        const auto* before = find(exchange->name);
        auto alternate = alternate_of(now, *exchange);
        if (before == nullptr || before->alternate == alternate) return;
        edit(exchange->name).alternate = std::move(alternate);
    });
}

}  // namespace weir::routing
