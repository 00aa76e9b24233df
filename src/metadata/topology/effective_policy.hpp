// What policies make of a queue or an exchange: its own arguments, the policy that applies and the operator
// policy, merged.
#pragma once

#include <optional>
#include <string_view>

#include "metadata/topology/topology.hpp"

namespace weir::topology {

// Names are those of settings (message-ttl). An argument means the setting of its name, or of its name
// without the prefix "x-".
struct EffectivePolicy {
    PolicyPtr policy{};           // null: none applies
    PolicyPtr operator_policy{};  // null: none applies
    Table definition{};           // both merged: the operator's counts, but of bounds the smaller one
};

EffectivePolicy policy_of(const HostState& host, const Queue& queue);
EffectivePolicy policy_of(const HostState& host, const Exchange& exchange);

// What counts for the setting: of bounds the smaller of the argument and the definition, else the argument
// before the definition. Nothing if neither has it.
std::optional<Value> effective(std::string_view setting, const Table& arguments, const Table& definition);

// Whether the smaller one counts: message-ttl, expires, max-length and such.
bool is_bound(std::string_view setting);
// invalid_argument: empty, or a setting that weir knows has a value that it can't have.
Result<void> check_definition(const Table& definition);

}  // namespace weir::topology
