// What a dead letter tells of the queues it died in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/queue/field_codec.hpp"
#include "broker/queue/queue_ids.hpp"

namespace weir::queue {

// How often a message died in one queue for one reason. Names are opaque.
struct Death {
    std::string queue;
    Reason reason = Reason::rejected;
    std::uint64_t count = 1;
    std::int64_t first_time_ms = 0;  // wall clock
    std::string exchange;            // what it had been published to
    std::vector<std::string> keys;   // and with which keys
    std::int64_t original_ttl_ms = -1;

    bool operator==(const Death&) const = default;
};

using History = std::vector<Death>;  // the newest first, one entry for each queue and reason

inline constexpr std::size_t max_deaths = 256;  // of one message; the oldest entries are forgotten

// One more death: counted at its entry, which moves to the front and otherwise stays as it was.
void add_death(History& history, Death death);

// Whether a message that died for `reason` and is to go into `queue` next goes in a circle that no consumer
// has a part in: it has been in `queue` before, and nobody has rejected it since.
bool closes_cycle(const History& history, Reason reason, std::string_view queue);

void write(FieldWriter& out, const History& history);
History read_history(FieldReader& in);

}  // namespace weir::queue
