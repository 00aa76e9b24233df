// Hands out producer ids, each once in the life of the cluster, from blocks that the catalogue allots.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "metadata/controller.hpp"

namespace weir::broker {

// Safe from any thread.
class ProducerIds {
  public:
    explicit ProducerIds(metadata::MetadataController& controller) : controller_(controller) {}

    // Gives one id: within the call if one is left of the block, else on the controller's thread. Errors:
    // those of a proposal to the metadata log.
    using Receiver = std::function<void(Result<ProducerId>)>;
    void next(Receiver receiver);

  private:
    void fetch_block();

    metadata::MetadataController& controller_;
    std::mutex mutex_;
    std::int64_t next_ = 0;
    std::int64_t end_ = 0;  // of the block
    std::vector<Receiver> waiting_;
};

}  // namespace weir::broker
