// Topic writers that live for one turn of a reactor: for whoever has no connection to keep one.
#pragma once

#include <mutex>

#include "broker/topic_writer.hpp"

namespace weir::broker {

// Safe from any thread of the broker's reactors.
class TurnWriters {
  public:
    // The broker must outlive it.
    explicit TurnWriters(Broker& broker) : broker_(broker) {}

    // As TopicWriter::add(), on this reactor's thread.
    void add(runtime::Reactor& reactor, const std::shared_ptr<const Topic>& topic,
             const message::Record& record, TopicWriter::Done done);

  private:
    std::shared_ptr<TopicWriter> writer_of(runtime::Reactor& reactor);

    Broker& broker_;
    std::mutex mutex_;  // guards what follows
    std::map<runtime::Reactor*, std::weak_ptr<TopicWriter>> writers_;
};

}  // namespace weir::broker
