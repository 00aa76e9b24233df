// What the queue logs need of the catalogue as time goes on: where dead letters go, and what policies say.
#include "base/random.hpp"
#include "broker/dead_letters.hpp"
#include "broker/queue_settings.hpp"
#include "broker/queues.hpp"

namespace weir::broker {
namespace {

// Gathers the answers of the logs that a dead letter goes to.
struct Gathering {
    std::atomic<std::size_t> left;
    std::atomic<bool> has_failed{false};
};

queue::Message copy_of(const queue::StoredMessage& message) {
    return {.exchange = std::string{message.exchange},
            .key = std::string{message.key},
            .properties = {message.properties.begin(), message.properties.end()},
            .body = {message.body.begin(), message.body.end()}};
}

void configure(const topology::HostState& host, queue::QueueMachine& machine, queue::Effects& effects) {
    host.queues.for_each([&](const topology::QueuePtr& queue) {
        if (machine.find(queue->id)) machine.configure(queue->id, queue_config(host, *queue), effects);
    });
}

}  // namespace

// ---- dead letters

void Queues::on_dead(queue::QueueShard& shard, const queue::DeadMessage& dead) const {
    const auto facts = reader_ ? reader_->read(dead.message.properties) : MessageFacts{};
    const auto tables = router_.tables();
    const auto host = tables->find(split_log_name(dead.queue).host);
    auto burial = bury(dead, facts, host == tables->end() ? nullptr : host->second.get(),
                       broker_.clock().wall_ms(), system_random().next());
    std::map<PlacePtr, std::vector<QueueId>> elsewhere;
    for (const QueueId id : burial.targets) {
        const bool is_here = shards_.find(id).get() == &shard;
        (is_here ? burial.request.targets : elsewhere[place(id)]).push_back(id);
    }
    if (elsewhere.empty()) return shard.refer(burial.request);
    carry(shard, dead, burial.request, elsewhere);
}

// First into the other logs; it leaves its own once these have it.
void Queues::carry(queue::QueueShard& shard, const queue::DeadMessage& dead,
                   const queue::ReferRequest& request,
                   const std::map<PlacePtr, std::vector<QueueId>>& elsewhere) {
    const auto message = std::make_shared<const queue::Message>(copy_of(dead.message));
    const auto gathering = std::make_shared<Gathering>(elsewhere.size());
    const auto one_done = [gathering, request, letter = dead.letter,
                           source = shard.shared_from_this()](const Result<queue::Answer>& result) {
        if (!result) gathering->has_failed = true;
        if (--gathering->left != 0) return;
        source->post([gathering, request, letter](queue::QueueShard& here) {
            gathering->has_failed ? here.bury_again(letter) : here.refer(request);
        });
    };
    for (const auto& [other, ids] : elsewhere) {
        auto its = request;
        its.targets = ids;
        other ? other->ask(queue::AdoptRequest{std::move(its), dead.letter.reason, message},
                           Done<queue::Answer>{one_done})
              : one_done(Error{Errc::not_leader});
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
