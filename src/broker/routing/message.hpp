// What routing needs to know of a message, and what it finds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/queue_id.hpp"
#include "metadata/topology/value.hpp"

namespace weir::routing {

// A message's headers and properties, decoded only if an exchange asks for them.
class Headers {
  public:
    virtual ~Headers() = default;
    virtual const topology::Table& table() const = 0;
    // One that is not among the headers (message-id, correlation-id, timestamp), as text; "" if there is
    // none.
    virtual std::string property(std::string_view name) const = 0;
};

struct Message {
    std::string_view exchange;  // "": the default exchange
    std::span<const std::string_view>
        keys;                          // one at least; an exchange takes a message that any of them suits
    const Headers* headers = nullptr;  // nullptr: it has none
    std::uint64_t dice = 0;            // what exchanges that choose at random choose by
    bool is_to_be_delayed = false;     // an exchange that delays keeps it
};

// Sorted, each once. Keep one and use it again: it holds on to its memory.
struct Route {
    std::vector<QueueId> queues;
    std::vector<std::string> topics;
    std::vector<std::string>
        delaying;  // exchanges that keep the message: route it from there when it is time

    bool empty() const { return queues.empty() && topics.empty() && delaying.empty(); }
    void clear() { queues.clear(), topics.clear(), delaying.clear(); }
};

}  // namespace weir::routing
