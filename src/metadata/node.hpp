// A node as the catalogue knows it: where it is reached, which start of it counts, and whether it may lead.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/uuid.hpp"

namespace weir::metadata {

inline constexpr std::size_t max_nodes = 10'000;  // those that were removed count, too
inline constexpr std::size_t max_node_endpoints = 100;
inline constexpr std::size_t max_node_text_bytes = 255;  // of a listener's name, a host, a rack

inline constexpr NodeId no_node{-1};

using NodeList = boost::container::small_vector<NodeId, 4>;

struct Endpoint {
    std::string listener;  // its name, unique within the node
    std::string host;
    std::uint16_t port = 0;
    bool operator==(const Endpoint&) const = default;
};

// What is to be taken from a node.
enum class Drain : std::uint8_t {
    none = 0,
    leaders = 1,   // before a planned stop; ends with the next start
    replicas = 2,  // before it is removed; ends when it is taken back
};

// A node without an incarnation is the only one of its cluster: it has no lease and is never fenced.
struct Node {
    NodeId id;
    std::string rack{};  // "" where none is known
    std::vector<Endpoint> endpoints{};
    Uuid incarnation{};            // of its data directory: another one under the same id is another node
    BrokerEpoch broker_epoch{};    // grows with every start
    bool is_fenced = false;        // does not lead and is in no in-sync set
    bool started_unclean = false;  // until unfenced: what lay in its page cache is not counted on
    Drain drain = Drain::none;

    bool has_lease() const { return !incarnation.is_zero(); }
    // May be given new leaderships and new replicas.
    bool is_usable() const { return !is_fenced && drain == Drain::none; }
    bool operator==(const Node&) const = default;
};

using NodeMap = std::map<NodeId, Node>;

}  // namespace weir::metadata
