// Each queue from its log first, as a client's delete does it; then the exchanges.
#include "protocols/amqp/transients.hpp"

#include <latch>

#include "base/log_line.hpp"

namespace weir::amqp {

Result<void> drop_transients(broker::Queues& queues, NodeId node) {
    std::vector<topology::QueuePtr> ending;
    queues.catalogue()->topology().hosts().for_each([&](const auto& host) {
        host->queues.for_each([&](const topology::QueuePtr& queue) {
            if (!queue->is_durable && queue->node == node) ending.push_back(queue);
        });
    });
    const auto removed = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(ending.size()));
    for (const auto& queue : ending) {
        queues.remove(queue, false, false, [removed, queue](const auto& reply) {
            if (!reply && reply.error().code != Errc::not_found)
                log_warning("the queue '{}' could not be removed: {}", queue->name, reply.error().message);
            removed->count_down();
        });
    }
    removed->wait();
    return queues.drop_transients(queues.catalogue()->nodes().size() == 1);
}

}  // namespace weir::amqp
