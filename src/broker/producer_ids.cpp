// One block at a time: who finds it empty waits until the catalogue has recorded the next one.
#include "broker/producer_ids.hpp"

namespace weir::broker {

void ProducerIds::next(Receiver receiver) {
    std::unique_lock lock(mutex_);
    if (next_ < end_) {
        const ProducerId id{next_++};
        lock.unlock();
        return receiver(id);
    }
    waiting_.push_back(std::move(receiver));
    if (waiting_.size() > 1) return;  // a block is on its way
    lock.unlock();
    fetch_block();
}

void ProducerIds::fetch_block() {
    allocate_([this](const Block& block) { hand_out(block); });
}

void ProducerIds::hand_out(const Block& block) {
    std::vector<std::pair<Receiver, Result<ProducerId>>> answers;
    bool more = false;
    {
        const std::lock_guard lock(mutex_);
        if (block) {
            next_ = block->first.value;
            end_ = next_ + block->count;
        }
        auto waiting = std::exchange(waiting_, {});
        for (auto& receiver : waiting) {
            if (!block) {
                answers.emplace_back(std::move(receiver), block.error());
            } else if (next_ < end_) {
                answers.emplace_back(std::move(receiver), ProducerId{next_++});
            } else {
                waiting_.push_back(std::move(receiver));
            }
        }
        more = !waiting_.empty();
    }
    for (auto& [receiver, answer] : answers) receiver(std::move(answer));
    if (more) fetch_block();
}

}  // namespace weir::broker
