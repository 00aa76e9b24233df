// What a user may do in a virtual host.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "metadata/topology/topology.hpp"

namespace weir::access {

enum class Operation { configure, write, read };

inline constexpr std::size_t max_cached_resources = 1024;  // of one connection

// One connection's. It answers by the topology that it was last given, and remembers its answers until the
// permissions change. One thread.
class Authorizer {
  public:
    Authorizer(std::string user, std::string host);

    // Call it whenever there is a newer topology; cheap if the permissions are the same.
    void update(const topology::Topology& topology);

    // Whether the user is there and has any permissions in the virtual host.
    bool may_enter() const { return user_ != nullptr && permissions_ != nullptr; }
    // By the resource's name.
    bool may(Operation operation, std::string_view resource);
    // Whether messages with this key may be published to the exchange (write), or be bound to be read (read).
    // Whoever asks has asked may() before.
    bool may_use_key(Operation operation, std::string_view exchange, std::string_view key) const;

    const topology::UserPtr& user() const { return user_; }

  private:
    struct Answer {
        bool is_known = false, is_yes = false;
    };
    struct Answers {
        Answer configure, write, read;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    const std::string user_name_, host_;
    topology::Topology topology_;
    topology::UserPtr user_;
    topology::PermissionsPtr permissions_;
    std::unordered_map<std::string, Answers, Hash, std::equal_to<>> answers_;
};

}  // namespace weir::access
