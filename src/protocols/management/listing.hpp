// What every list of the API can do: choose by name, sort, turn pages, and leave columns out.
#pragma once

#include "protocols/management/call.hpp"

namespace weir::management {

inline constexpr std::int64_t default_page_size = 100;
inline constexpr std::int64_t max_page_size = 500;

// By the call's parameters: name, use_regex, sort, sort_reverse, page, page_size, columns. Errors:
// invalid_argument.
Result<Answer> listed(const Call& call, std::vector<Json> items);
// The same for a single object, of which only columns can be chosen.
Answer shown(const Call& call, const Json& item);

}  // namespace weir::management
