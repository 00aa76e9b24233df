// Asks the queues' logs and makes batches of what they answer.
#include "protocols/kafka/queue_reads.hpp"

#include "broker/broker.hpp"
#include "broker/queue/queue_shard.hpp"
#include "broker/queues.hpp"

namespace weir::kafka {

namespace {

// Clients ask the node that leads the log, as Metadata says.
Result<void> check_leads(broker::Broker& broker, const QueuePartition& wanted) {
    if (wanted.partition.value < 0 || wanted.partition.value >= wanted.view.partitions)
        return Error{Errc::not_found, "there is no such partition"};
    const auto place = broker::log_place(*broker.controller().catalogue(), wanted.view.queue);
    const auto topic = broker.topics().find(queue::queues_topic);
    const auto log = topic && place.topic ? topic->partition(place.partition) : nullptr;
    if (!log || !log->is_led()) return Error{Errc::not_leader, "another node leads the queue's log"};
    return {};
}

QueueAnswer answer_of(const broker::Queues& queues, const QueuePartition& partition,
                      const queue::ReadReply& reply) {
    const auto offset = [](std::uint64_t number) { return Offset{static_cast<std::int64_t>(number)}; };
    QueueAnswer answer{
        .first = offset(reply.first), .end = offset(reply.end), .from = offset(reply.from), .batch = {}};
    if (reply.messages.empty()) return answer;
    answer.timestamp_ms = reply.messages.front().time_ms;
    answer.batch = queues.batch_of(reply, partition.view.queue_name);
    return answer;
}

struct Gathering {
    std::size_t left;
    QueueAnswers answers;
    std::function<void(QueueAnswers)> done;
};

}  // namespace

std::optional<broker::QueueView> find_queue(broker::Broker& broker, std::string_view topic) {
    if (!broker.serves_queues()) return std::nullopt;
    return broker::find_view(*broker.controller().catalogue(), topic);
}

void read_queue(broker::Broker& broker, runtime::Reactor& reactor, const QueuePartition& partition,
                queue::ReadRequest request, std::function<void(Result<QueueAnswer>)> done) {
    if (const auto leads = check_leads(broker, partition); !leads) {
        return reactor.post([done = std::move(done), why = leads.error()] { done(why); });
    }
    request.queue = partition.view.queue;
    request.lane = static_cast<std::uint8_t>(partition.partition.value);
    auto& queues = broker.queues();
    queues.read(request,
                [&reactor, &queues, partition, done = std::move(done)](Result<queue::ReadReply> reply) {
                    reactor.post([&queues, partition, done, reply = std::move(reply)] {
                        if (!reply) return done(reply.error());
                        done(answer_of(queues, partition, *reply));
                    });
                });
}

void read_queues(broker::Broker& broker, runtime::Reactor& reactor, const std::vector<QueueRead>& reads,
                 std::function<void(QueueAnswers)> done) {
    if (reads.empty()) return done({});
    const auto all = std::make_shared<Gathering>(Gathering{reads.size(), {}, std::move(done)});
    for (const auto& read : reads) {
        read_queue(broker, reactor, read.partition, read.request,
                   [all, partition = read.partition](Result<QueueAnswer> answer) {
                       all->answers.put(partition, std::move(answer));
                       if (--all->left == 0) all->done(std::move(all->answers));
                   });
    }
}

}  // namespace weir::kafka
