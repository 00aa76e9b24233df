// What all sessions of one Kafka listener share.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "runtime/endpoint.hpp"
#include "runtime/memory_budget.hpp"

namespace weir::broker {
class Broker;
}

namespace weir::kafka {

// What this door's address is called among a node's endpoints.
inline constexpr std::string_view listener_name = "kafka";

struct Environment {
    broker::Broker& broker;
    runtime::MemoryBudget& request_memory;
    // What clients are told to connect to; nothing: the address by which they came in.
    std::optional<runtime::Endpoint> advertised;
    std::int64_t max_idle_ms = 600'000;  // 0: no limit
    std::size_t max_request_bytes = std::size_t{40} << 20;
};

}  // namespace weir::kafka
