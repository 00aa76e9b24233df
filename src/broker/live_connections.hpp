// The connections that clients have to this process right now, for those who list and close them.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "metadata/topology/value.hpp"
#include "runtime/endpoint.hpp"

namespace weir::broker {

struct LiveConsumer {
    std::string tag;
    std::string queue;
    std::uint64_t window = 0;  // of messages that it holds; 0: no limit
    bool acknowledges = true;
    bool is_exclusive = false;
    bool operator==(const LiveConsumer&) const = default;
};

struct LiveChannel {
    std::uint32_t number = 0;
    std::uint64_t window = 0;         // of consumers to come
    std::uint64_t shared_window = 0;  // of all its consumers together
    std::uint64_t unacknowledged = 0;
    std::uint64_t unconfirmed = 0;
    bool is_confirming = false;
    bool is_transactional = false;
    std::vector<LiveConsumer> consumers{};
};

struct LiveConnection {
    std::uint64_t id = 0;  // never the same twice while this process lives
    std::string protocol;  // as its users call it
    std::string mechanism;
    std::string user;
    std::string host;  // the virtual one
    std::string name;  // that the client gave it; may be empty
    runtime::Endpoint peer;
    runtime::Endpoint local;
    std::int64_t connected_at_ms = 0;  // wall clock
    std::uint32_t channel_max = 0;     // what was agreed on
    std::uint32_t frame_max = 0;
    std::uint32_t timeout_s = 0;
    topology::Table client_properties{};
    std::vector<LiveChannel> channels{};
};

// Filled by the doors. Safe from any thread.
class LiveConnections {
  public:
    // A connection as its door lets others reach it: from any thread, also once the connection is gone. Then
    // `tell` is not called, but let go of.
    struct Handle {
        std::function<void(std::function<void(LiveConnection)> tell)> describe;
        std::function<void(std::string why)> close;
    };

    // The connection's id, with which it is removed when it has ended.
    std::uint64_t add(Handle handle);
    void remove(std::uint64_t id);
    // False if there is none.
    bool close(std::uint64_t id, const std::string& why);
    // All of them, by id. Waits for them, and leaves out those that do not answer in time. Not from a thread
    // on which connections live.
    std::vector<LiveConnection> list(std::int64_t timeout_ms = 5'000);
    std::size_t count() const;
    // The resources that are low, for which those who publish wait: "disk", "memory & disk", or "" for none.
    void set_low(const std::string& resources);
    std::string low() const;

  private:
    std::vector<std::pair<std::uint64_t, Handle>> handles() const;

    mutable std::mutex mutex_;  // guards what follows
    std::map<std::uint64_t, Handle> handles_;
    std::uint64_t last_id_ = 0;
    std::string low_;
};

}  // namespace weir::broker
