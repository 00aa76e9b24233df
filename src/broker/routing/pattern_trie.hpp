// Bindings of pattern exchanges by their words: '.' separates words, '*' is any one word, '#' any number of
// them.
#pragma once

#include <memory>
#include <string_view>

#include "broker/routing/targets.hpp"

namespace weir::routing {

// A value; copies share what is the same. A change copies the nodes along one pattern; matching takes time in
// proportion to the key's words and the patterns' nodes, whatever the wildcards.
class PatternTrie {
  public:
    // By the binding's key.
    void add(const topology::Binding& binding);
    // It must have been added.
    void remove(const topology::Binding& binding);
    void match(std::string_view key, Step& out) const;

    struct Node;
    using NodePtr = std::shared_ptr<const Node>;

  private:
    NodePtr root_;
};

}  // namespace weir::routing
