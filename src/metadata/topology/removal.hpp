// Taking things out of a virtual host, with all that goes along.
#pragma once

#include "metadata/topology/topology.hpp"

namespace weir::topology {

// Fills in what is derived of a binding; false: its destination is not there. Topics are not looked for.
bool resolve(const HostState& state, Binding& binding);

class Removal {
  public:
    Removal(HostState& state, Changes& changes) : state_(state), changes_(changes) {}

    // They must be there. A binding that has gone along with something else is passed over.
    void binding(BindingPtr binding);
    void queue(std::string_view name);
    void exchange(std::string_view name);

  private:
    void without_sources();
    bool remove(const BindingPtr& binding);

    HostState& state_;
    Changes& changes_;
    std::vector<std::string> emptied_;  // exchanges that may have lost their last binding
};

}  // namespace weir::topology
