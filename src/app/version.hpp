// The version that this weir was built as.
#pragma once

namespace weir::app {

inline constexpr const char* version = WEIR_VERSION;

}  // namespace weir::app
