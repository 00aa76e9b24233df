// What all sessions of one Kafka listener share.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/listener.hpp"
#include "runtime/memory_budget.hpp"

namespace weir::broker {
class Broker;
}

namespace weir::kafka {

struct Environment {
    broker::Broker& broker;
    runtime::MemoryBudget& request_memory;
    runtime::Endpoint advertised;  // what Metadata tells clients that came in by this listener
    std::size_t max_request_bytes = std::size_t{48} << 20;
};

}  // namespace weir::kafka
