// The sessions that are open, for what concerns all of them: resources that run low, and the broker's end.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir::amqp {

class AmqpSession;

// Safe from any thread.
class Sessions {
  public:
    // The resources that are low at the moment; the session hears of changes from then on.
    std::string add(const std::shared_ptr<AmqpSession>& session);
    void remove(const AmqpSession* session);
    std::size_t count() const;

    // "disk", "memory", "memory & disk", or "" for none: clients that publish wait.
    void set_low(const std::string& resources);
    // Ends all in order: each client hears why, and has a moment to answer.
    void shut_down(const std::string& why);
    // Whether all have ended by then.
    bool wait_until_none(std::int64_t limit_ms) const;

  private:
    std::vector<std::shared_ptr<AmqpSession>> all() const;

    mutable std::mutex mutex_;  // guards what follows
    mutable std::condition_variable changed_;
    std::map<const AmqpSession*, std::weak_ptr<AmqpSession>> sessions_;
    std::string low_;
};

}  // namespace weir::amqp
