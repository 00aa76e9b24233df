// Reads what a queue keeps, record by record, and waits for more: on one reactor.
#pragma once

#include <functional>
#include <memory>

#include "broker/message/stored_batch.hpp"
#include "broker/queue/queue_request.hpp"
#include "broker/topic_reader.hpp"

namespace weir::broker {

class Queues;
struct QueueView;

// Like PartitionReader, of one priority's messages, wherever the queue's log is led.
class QueueReader final : public RecordStream {
  public:
    // `on_more` is called when there may be records.
    QueueReader(Queues& queues, runtime::Reactor& reactor, const QueueView& view, std::uint8_t lane,
                const Start& start, std::function<void()> on_more);

    // What is not kept any more is passed over. Errors: not_found (the queue is gone).
    Result<const message::RecordView*> next() override;
    PartitionId partition() const override;

  private:
    struct State;
    const std::shared_ptr<State> state_;
};

}  // namespace weir::broker
