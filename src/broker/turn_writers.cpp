// The turn's end lets go of the writer, which then writes what it has.
#include "broker/turn_writers.hpp"

namespace weir::broker {

std::shared_ptr<TopicWriter> TurnWriters::writer_of(runtime::Reactor& reactor) {
    const std::lock_guard lock(mutex_);
    auto& slot = writers_[&reactor];
    if (auto there = slot.lock()) return there;
    auto made = std::make_shared<TopicWriter>(broker_, reactor);
    slot = made;
    reactor.at_end_of_turn([made] {});
    return made;
}

void TurnWriters::add(runtime::Reactor& reactor, const std::shared_ptr<const Topic>& topic,
                      const message::Record& record, TopicWriter::Done done) {
    writer_of(reactor)->add(topic, record, std::move(done));
}

}  // namespace weir::broker
