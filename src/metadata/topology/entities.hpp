// What lies between those who publish and those who consume: virtual hosts, exchanges, queues, bindings,
// policies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/ids.hpp"
#include "base/queue_id.hpp"
#include "base/uuid.hpp"
#include "metadata/topology/pattern.hpp"
#include "metadata/topology/value.hpp"

namespace weir::topology {

inline constexpr std::size_t max_name_bytes = 255;  // of whatever has a name, and of binding keys
inline constexpr std::size_t max_virtual_hosts = 10'000;
inline constexpr std::size_t max_exchanges = 1'000'000;  // of one virtual host, as the next two
inline constexpr std::size_t max_queues = 10'000'000;
inline constexpr std::size_t max_bindings = 10'000'000;
inline constexpr std::size_t max_policies = 10'000;
inline constexpr std::size_t max_parameters = 100'000;
inline constexpr std::size_t max_table_bytes = 64 * 1024;  // of one set of arguments, encoded
inline constexpr std::size_t max_table_depth = 16;
inline constexpr std::size_t max_tags = 100;

// A namespace of exchanges and queues.
struct VirtualHost {
    std::string name;
    std::string description{};
    std::vector<std::string> tags{};
    Table settings{};  // limits and defaults, by name: max-connections, max-queues, default-queue-type
    bool operator==(const VirtualHost&) const = default;
};

// How an exchange finds the destinations of a message. Numbers are on disk.
enum class ExchangeKind : std::uint8_t {
    direct = 1,           // equal keys
    fan_out = 2,          // all
    pattern = 3,          // words with wildcards
    header = 4,           // the message's headers
    consistent_hash = 5,  // one of them by the key's hash; binding keys are weights
    modulus_hash = 6,     // the same without weights; another number of bindings moves nearly every key
    random = 7,           // one of them
};

struct Exchange {
    std::string host;  // the virtual host's name
    std::string name;  // never empty: the default exchange is everywhere and in no table
    ExchangeKind kind = ExchangeKind::direct;
    bool is_durable = true;
    bool is_auto_delete = false;  // goes with its last outgoing binding
    bool is_internal = false;     // only other exchanges publish to it
    bool is_delayed = false;      // messages with a delay wait before they are routed
    Table arguments{};
    bool operator==(const Exchange&) const = default;
};

// A queue as it was declared; its messages and consumers are its shard's business.
struct Queue {
    std::string host;
    std::string name;
    QueueId id{};             // of all virtual hosts; never given twice
    std::uint32_t shard = 0;  // the queue log that it lives in
    bool is_durable = true;
    bool is_auto_delete = false;  // goes with its last consumer
    NodeId node{-1};              // of those that are not durable: it ends with this node's process
    Uuid owner{};                 // the connection that alone may use it; zero: any may
    Table arguments{};

    bool is_exclusive() const { return !owner.is_zero(); }
    bool operator==(const Queue&) const = default;
};

enum class DestinationKind : std::uint8_t { queue = 1, exchange = 2, topic = 3 };  // on disk

// Where messages of an exchange go, and which. Two bindings differ in anything but `queue`.
struct Binding {
    std::string host;
    std::string source;  // an exchange
    DestinationKind kind = DestinationKind::queue;
    std::string destination;
    std::string key;
    Table arguments{};
    Bytes arguments_code{};  // the arguments encoded: what tells bindings apart; derived
    QueueId queue{};         // the destination's id, if that is a queue; derived
    bool operator==(const Binding& other) const {
        return std::tie(host, source, kind, destination, key, arguments) ==
               std::tie(other.host, other.source, other.kind, other.destination, other.key, other.arguments);
    }
};

enum class PolicyTarget : std::uint8_t { all = 0, queues = 1, exchanges = 2 };  // on disk

// Settings for the queues and exchanges of matching names. One policy and one operator policy apply to each:
// those with the greatest priority, of these the first by name.
struct Policy {
    std::string host;
    std::string name;
    bool is_operator = false;  // sets bounds that users' own settings can't exceed
    std::string pattern;
    PolicyTarget target = PolicyTarget::all;
    std::int32_t priority = 0;
    Table definition{};
    Pattern compiled{};  // derived
    bool operator==(const Policy& other) const {
        return std::tie(host, name, is_operator, pattern, target, priority, definition) ==
               std::tie(other.host, other.name, other.is_operator, other.pattern, other.target,
                        other.priority, other.definition);
    }
};

// A value that others than weir's own parts look after, kept for them: of a virtual host's component, or,
// with neither of these, of the whole cluster.
struct Parameter {
    std::string component;
    std::string host;
    std::string name;
    Value value{};
    bool operator==(const Parameter&) const = default;
};

using VirtualHostPtr = std::shared_ptr<const VirtualHost>;
using ExchangePtr = std::shared_ptr<const Exchange>;
using QueuePtr = std::shared_ptr<const Queue>;
using BindingPtr = std::shared_ptr<const Binding>;
using PolicyPtr = std::shared_ptr<const Policy>;
using ParameterPtr = std::shared_ptr<const Parameter>;

}  // namespace weir::topology
