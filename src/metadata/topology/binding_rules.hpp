// What bindings of some kinds of exchange must look like, and what they mean.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "metadata/topology/entities.hpp"

namespace weir::topology {

// How a binding's arguments are compared with a message's headers.
struct HeaderMode {
    bool all = true;               // else one is enough
    bool counts_prefixed = false;  // arguments beginning with "x-" count, too
};
inline constexpr std::string_view header_mode_argument = "x-match";  // never counts itself
inline constexpr std::string_view prefixed_argument = "x-";

// Of the argument x-match: all (also without it), any, all-with-x, any-with-x. Nothing: anything else.
std::optional<HeaderMode> header_mode(const Table& arguments);

inline constexpr std::uint32_t max_weight = 10'000;
// 1 to 10,000, in digits.
std::optional<std::uint32_t> weight(std::string_view binding_key);

// invalid_argument: an exchange of that kind can't have this binding.
Result<void> check_binding(ExchangeKind kind, const Binding& binding);

}  // namespace weir::topology
