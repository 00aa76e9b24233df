// What the queue logs need of the catalogue as time goes on: where dead letters go, and what policies say.
#include "base/random.hpp"
#include "broker/dead_letters.hpp"
#include "broker/queue/message_maker.hpp"
#include "broker/queue_settings.hpp"
#include "broker/queues.hpp"
#include "broker/topic_names.hpp"

namespace weir::broker {
namespace {

// Gathers the answers of the logs and topics that a dead letter goes to.
struct Gathering {
    std::atomic<std::size_t> left;
    std::atomic<bool> has_failed{false};
};

queue::MessagePtr copy_of(const queue::StoredMessage& message) {
    return queue::copied({message.exchange, message.key, message.properties, message.body});
}

// Of the relays: the name of no queue, whatever virtual hosts their messages are of.
const std::string relay_name = log_name({.host = std::string{plain_topics_host}, .name = ""});

bool is_relay(std::string_view name) {
    return name == relay_name;
}

void configure(const topology::HostState& host, queue::QueueMachine& machine, queue::Effects& effects) {
    host.queues.for_each([&](const topology::QueuePtr& queue) {
        if (machine.find(queue->id)) machine.configure(queue->id, queue_config(host, *queue), effects);
    });
}

}  // namespace

// ---- dead letters, and delayed messages for topics

// Where a dead letter goes besides the queues of its own log.
struct Queues::Carrying {
    queue::ReferRequest request;
    std::map<PlacePtr, std::vector<QueueId>> elsewhere;
    std::vector<std::string> topics;
};

void Queues::on_dead(queue::QueueShard& shard, const queue::DeadMessage& dead) {
    if (is_relay(dead.queue)) return send_on(shard, dead);
    const auto facts = reader_ ? reader_->read(dead.message.properties) : MessageFacts{};
    const auto tables = router_.tables();
    const auto host = tables->find(split_log_name(dead.queue).host);
    auto burial = bury(dead, facts, host == tables->end() ? nullptr : host->second.get(),
                       broker_.clock().wall_ms(), system_random().next());
    Carrying carrying{std::move(burial.request), {}, std::move(burial.topics)};
    add_named_topics(dead, carrying);
    for (const QueueId id : burial.targets) {
        const bool is_here = shards_.find(id).get() == &shard;
        (is_here ? carrying.request.targets : carrying.elsewhere[place(id)]).push_back(id);
    }
    if (carrying.elsewhere.empty() && carrying.topics.empty()) return shard.refer(carrying.request);
    carry(shard, dead, carrying);
}

// What comes into it finds nobody and is a dead letter at once.
void Queues::make_relay(queue::QueueShard& shard) const {
    const auto partition = static_cast<std::uint64_t>(shard.log().key().partition.value);
    const auto id = relay(partition);
    shard.step(
        [&](queue::QueueMachine& machine, std::int64_t now_ms, queue::Effects& effects) {
            if (machine.find(id)) return;
            machine.declare(id, relay_name,
                            {.message_ttl_ms = 0, .dead_letter_target = encode(DeadLetterTarget{})}, now_ms,
                            effects);
        },
        [](auto&&) {});
}

void Queues::send_on(queue::QueueShard& shard, queue::DeadMessage message) {
    const auto facts = reader_ ? reader_->read(message.message.properties) : MessageFacts{};
    const auto [from, exchange] = split_relayed_exchange(message.message.exchange);
    message.message.exchange = exchange;
    const auto tables = router_.tables();
    const auto host = tables->find(from);
    Carrying carrying{{.source = message.letter.message}, {}, {}};
    if (host != tables->end()) carrying.topics = delayed_topics(*host->second, message.message, facts);
    if (carrying.topics.empty()) return shard.refer(carrying.request);  // unbound meanwhile
    carry(shard, message, carrying);
}

// The default exchange routes by topics' names, too, unless a queue has the name.
void Queues::add_named_topics(const queue::DeadMessage& dead, Carrying& carrying) const {
    const auto host = split_log_name(dead.queue).host;
    if (!carrying.request.exchange.empty()) return;
    const std::string_view key = carrying.request.key ? *carrying.request.key : dead.message.key;
    const auto topic = find_in_host(broker_.topics(), host, key);
    if (topic && catalogue()->topology().queue(host, key) == nullptr)
        carrying.topics.push_back(topic->name());
}

// First into the other logs; it leaves its own once these have it.
void Queues::carry(queue::QueueShard& shard, const queue::DeadMessage& dead, const Carrying& carrying) {
    const auto gathering = std::make_shared<Gathering>(carrying.elsewhere.size() + carrying.topics.size());
    const auto one_done = [gathering, request = carrying.request, letter = dead.letter,
                           source = shard.shared_from_this()](const auto& result) {
        if (!result) gathering->has_failed = true;
        if (--gathering->left != 0) return;
        source->post([gathering, request, letter](queue::QueueShard& here) {
            gathering->has_failed ? here.bury_again(letter) : here.refer(request);
        });
    };
    auto& reactor = subscriptions_.reactor_of(shard);
    for (const auto& name : carrying.topics) {
        const auto topic = broker_.topics().find(name);
        if (!topic) {  // it was deleted just now, and its bindings are
            one_done(Result<void>{});
            continue;
        }
        const auto& message = is_relay(dead.queue) ? dead.message : exhumed(dead.message, carrying.request);
        writers_.add(reactor, topic,
                     record_of(message, split_topic_name(name).name, broker_.clock().wall_ms()),
                     TopicWriter::Done{one_done});
    }
    if (carrying.elsewhere.empty()) return;
    const auto message = copy_of(dead.message);
    for (const auto& [other, ids] : carrying.elsewhere) {
        auto its = carrying.request;
        its.targets = ids;
        other ? other->ask(queue::AdoptRequest{std::move(its), dead.letter.reason, message},
                           Done<queue::Answer>{one_done})
              : one_done(Result<void>{Error{Errc::not_leader}});
    }
}

// ---- policies

queue::QueueConfig Queues::config_of(const topology::Queue& queue) const {
    const auto now = catalogue();
    const auto* host = now->topology().host(queue.host);
    return queue_config(host ? *host : topology::HostState{}, queue);
}

void Queues::apply_policies(const topology::Changes& changes) const {
    std::set<std::string> hosts;
    for (const auto& change : changes.topology) {
        if (const auto* policies = std::get_if<topology::PoliciesChanged>(&change))
            hosts.insert(policies->host);
    }
    if (hosts.empty() && !changes.everything) return;
    for (const auto& shard : shards_.all()) {
        shard->submit([this, hosts](queue::QueueShard& at) { configure_queues(at, hosts); });
    }
}

// With the newest policies; of these virtual hosts, or of all.
void Queues::configure_queues(queue::QueueShard& shard, const std::set<std::string>& hosts) const {
    const auto now = catalogue();
    shard.step(
        [&](queue::QueueMachine& machine, std::int64_t, queue::Effects& effects) {
            now->topology().hosts().for_each([&](const auto& host) {
                const bool is_meant = hosts.empty() || hosts.contains(host->host->name);
                if (is_meant) configure(*host, machine, effects);
            });
        },
        [](auto&&) {});
}

}  // namespace weir::broker
