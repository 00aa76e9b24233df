// Each log is asked for some thousands of queues at a time, so that its own work goes on in between.
#include "protocols/management/queue_counts.hpp"

#include <future>
#include <map>

namespace weir::management {

namespace {

constexpr std::size_t queues_at_a_time = 4096;

struct Counted {
    std::mutex mutex;
    QueueCounts counts;
    queue::QueueCounters all;
};

// Fulfilled when the last one lets go of it, whether that has answered or not.
struct Question {
    std::promise<void> answered;
    ~Question() { answered.set_value(); }
};

void count(queue::QueueShard& shard, const std::vector<QueueId>& ids, Counted& counted) {
    if (!shard.is_ready()) return;
    const std::lock_guard lock(counted.mutex);
    for (const auto id : ids) {
        if (const auto status = shard.machine().status(id)) counted.counts[id] = *status;
    }
}

using CountedPtr = std::shared_ptr<Counted>;
using QuestionPtr = std::shared_ptr<Question>;

void ask_here(queue::QueueShard& shard, std::span<const QueueId> ids, const CountedPtr& counted,
              const QuestionPtr& question) {
    for (; !ids.empty(); ids = ids.subspan(std::min(queues_at_a_time, ids.size()))) {
        const auto some = ids.first(std::min(queues_at_a_time, ids.size()));
        shard.submit([counted, question, its = std::vector<QueueId>(some.begin(), some.end())](
                         queue::QueueShard& here) { count(here, its, *counted); });
    }
}

void ask_elsewhere(const broker::Queues& queues, QueueId id, const CountedPtr& counted,
                   const QuestionPtr& question) {
    const auto& place = queues.place(id);
    if (!place) return;
    place->ask(queue::StatusRequest{id}, [counted, question, id](const Result<queue::StatusReply>& reply) {
        if (!reply || reply->answer != queue::Answer::done) return;
        const std::lock_guard lock(counted->mutex);
        counted->counts[id] = reply->status;
    });
}

}  // namespace

QueueCounts count_queues(broker::Queues& queues, const std::vector<QueueId>& ids, std::int64_t timeout_ms) {
    const auto counted = std::make_shared<Counted>();
    auto question = std::make_shared<Question>();
    const auto answered = question->answered.get_future();
    std::map<std::shared_ptr<queue::QueueShard>, std::vector<QueueId>> by_shard;
    for (const auto id : ids) {
        if (auto shard = queues.shards().find(id))
            by_shard[std::move(shard)].push_back(id);
        else
            ask_elsewhere(queues, id, counted, question);
    }
    for (const auto& [shard, its] : by_shard) ask_here(*shard, its, counted, question);
    question.reset();
    answered.wait_for(std::chrono::milliseconds{timeout_ms});
    const std::lock_guard lock(counted->mutex);
    return std::move(counted->counts);
}

queue::QueueCounters count_logs(broker::Queues& queues, std::int64_t timeout_ms) {
    const auto counted = std::make_shared<Counted>();
    auto question = std::make_shared<Question>();
    const auto answered = question->answered.get_future();
    for (const auto& shard : queues.shards().all()) {
        shard->submit([counted, question](queue::QueueShard& here) {
            if (!here.is_ready()) return;
            const std::lock_guard lock(counted->mutex);
            counted->all += here.machine().counters();
        });
    }
    question.reset();
    answered.wait_for(std::chrono::milliseconds{timeout_ms});
    const std::lock_guard lock(counted->mutex);
    return counted->all;
}

}  // namespace weir::management
