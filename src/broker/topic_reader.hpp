// Reads one partition record by record from where it is told on, and tells when there is more: on one
// reactor.
#pragma once

#include <functional>
#include <memory>

#include "broker/topic_access.hpp"
#include "runtime/reactor.hpp"

namespace weir::broker {

// Records in order, on one reactor.
class RecordStream {
  public:
    virtual ~RecordStream() = default;
    // The next record, valid until the next call; null: there is none yet.
    virtual Result<const message::RecordView*> next() = 0;
    virtual PartitionId partition() const = 0;
};

// Of a topic's partition, wherever it is led; goes on with the next leader when the one at hand is lost.
class TopicReader final : public RecordStream {
  public:
    // `on_more` is called when there may be records. `access` must outlive the reactor's thread.
    TopicReader(TopicAccess& access, runtime::Reactor& reactor, const Uuid& topic, PartitionId partition,
                const Start& start, std::function<void()> on_more);

    // What retention has dropped is passed over. Errors: not_found (the topic is gone), those of the log.
    Result<const message::RecordView*> next() override;
    PartitionId partition() const override;

  private:
    struct State;
    const std::shared_ptr<State> state_;
};

}  // namespace weir::broker
