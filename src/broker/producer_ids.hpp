// Hands out producer ids, each once in the life of the cluster, from blocks that the catalogue allots.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "metadata/requests.hpp"

namespace weir::broker {

// Safe from any thread.
class ProducerIds {
  public:
    // Has a block allotted; calls back on any thread.
    using Block = Result<metadata::AllocateProducerIds::Reply>;
    using Allocate = std::function<void(std::function<void(Block)>)>;
    explicit ProducerIds(Allocate allocate) : allocate_(std::move(allocate)) {}

    // Gives one id: within the call if one is left of the block, else on the thread on which the next one
    // comes. Errors: those of allotting it.
    using Receiver = std::function<void(Result<ProducerId>)>;
    void next(Receiver receiver);

  private:
    void fetch_block();
    void hand_out(const Block& block);

    const Allocate allocate_;
    std::mutex mutex_;
    std::int64_t next_ = 0;
    std::int64_t end_ = 0;  // of the block
    std::vector<Receiver> waiting_;
};

}  // namespace weir::broker
