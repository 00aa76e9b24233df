// "Did you mean ...?": the known name that a mistyped one most likely stands for.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir {

// How many characters must be added, dropped, changed or swapped with their neighbour to get from one to the
// other.
std::size_t edit_distance(std::string_view from, std::string_view to);

// The nearest of `names`, unless even that one is more than a third of the characters away.
std::optional<std::string> nearest_name(std::string_view wrong, std::span<const std::string> names);

// "; did you mean X?", or nothing when no name is near: the end of an error's sentence.
std::string did_you_mean(std::string_view wrong, std::span<const std::string> names);

}  // namespace weir
