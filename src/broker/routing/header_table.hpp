// Bindings of header exchanges: each compares its arguments with a message's headers.
#pragma once

#include <memory>
#include <vector>

#include "broker/routing/message.hpp"
#include "broker/routing/targets.hpp"
#include "metadata/topology/binding_rules.hpp"

namespace weir::routing {

// Whether the binding takes a message with these headers: those of the binding's arguments that count must
// all (or, if it says so, not all but one) be there with an equal value; an argument without a value only
// asks that the header be there.
bool headers_match(const topology::Binding& binding, topology::HeaderMode mode,
                   const topology::Table& headers);

// A value; copies share the bindings. Matching looks at each of them.
class HeaderTable {
  public:
    void add(topology::BindingPtr binding);
    void remove(const topology::Binding& binding);
    void match(const topology::Table& headers, Step& out) const;

  private:
    struct Entry {
        topology::BindingPtr binding;
        topology::HeaderMode mode;
    };
    std::vector<Entry> entries_;
};

}  // namespace weir::routing
