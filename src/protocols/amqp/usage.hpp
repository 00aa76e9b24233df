// How many connections and channels users and virtual hosts have open, for those that have limits.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace weir::amqp {

// Safe from any thread.
class Usage {
  public:
    using Limit = std::optional<std::size_t>;
    enum class Refusal { none, host, user };

    // A connection more, unless there are as many as one of them may have.
    Refusal enter(const std::string& user, const std::string& host, Limit user_limit, Limit host_limit);
    // It has ended.
    void leave(const std::string& user, const std::string& host);
    // A channel more; false if the user has as many as it may.
    bool open_channel(const std::string& user, Limit limit);
    void close_channel(const std::string& user);

  private:
    using Counts = std::map<std::string, std::size_t>;
    static bool is_full(const Counts& counts, const std::string& name, Limit limit);
    static void subtract(Counts& counts, const std::string& name);

    std::mutex mutex_;  // guards what follows
    Counts by_user_;    // connections
    Counts by_host_;
    Counts channels_;
};

}  // namespace weir::amqp
