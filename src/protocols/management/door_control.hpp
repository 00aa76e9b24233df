// The door for AMQP clients as operators govern it while the process lives: what rabbitmqctl's stop_app and
// its like ask for.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "broker/access/login_counts.hpp"

namespace weir::management {

// Safe from any thread; nothing of it outlives the process.
class DoorControl {
  public:
    virtual ~DoorControl() = default;

    virtual bool is_open() const = 0;
    virtual access::LoginCounts& logins() = 0;
    // Ends the connections, each with its reason, and takes no more; what is not durable ends with them.
    // Messages stay. Waits; also for what was set by the methods below, which is taken back.
    virtual Result<void> close() = 0;
    // Errors: io_error (somebody else has the port meanwhile).
    virtual Result<void> open() = 0;

    // Says that "disk" or "memory" is low, whatever is measured, until it is said no more: in effect when it
    // returns. Errors: invalid_argument (no such resource).
    virtual Result<void> set_alarm(std::string_view resource, bool is_on) = 0;
    // "memory-bytes" (in use, more is low), "disk-free-bytes" (less is low), "channel-max" (of connections to
    // come; 0: as many as there are numbers). Errors: invalid_argument (no such limit, or not that much).
    virtual Result<void> set_limit(std::string_view name, std::int64_t value) = 0;
};

}  // namespace weir::management
