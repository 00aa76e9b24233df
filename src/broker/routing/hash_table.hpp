// Bindings of exchanges that give a message to one of their destinations: by a hash, with weights or without,
// or at random.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "broker/routing/targets.hpp"

namespace weir::routing {

// Stable over versions and machines: where a key's messages go depends on it.
std::uint64_t key_hash(std::string_view key);

// A value. Choosing takes time in proportion to the destinations.
class HashTable {
  public:
    void add(topology::BindingPtr binding);
    void remove(const topology::Binding& binding);
    bool empty() const { return entries_.empty(); }

    // Weighted rendezvous hashing: a destination that comes or goes moves only the keys that it gets or had.
    void choose_by_weight(std::uint64_t hash, Step& out) const;
    // The remainder of the hash by the number of destinations.
    void choose_by_remainder(std::uint64_t hash, Step& out) const;

  private:
    struct Entry {
        topology::BindingPtr binding;
        std::uint64_t hash;  // of the destination
        double weight;
    };
    std::vector<Entry> entries_;  // in the order of their bindings
};

}  // namespace weir::routing
