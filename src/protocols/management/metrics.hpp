// What Prometheus scrapes, by the names that RabbitMQ's plugin has where the meaning is the same
// (docs/protocols/management.md).
#pragma once

#include "protocols/management/call.hpp"

namespace weir::management {

enum class MetricsDetail {
    totals,      // of the node
    per_object,  // of each queue, and of each partition of a topic
};
// In Prometheus' text format. Waits for other threads.
std::string metrics_text(Services& services, MetricsDetail detail);
inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace weir::management
