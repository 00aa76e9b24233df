// weir's neutral errors as Kafka's error codes.
#pragma once

#include "base/error.hpp"
#include "protocols/kafka/wire/error_code.hpp"

namespace weir::kafka {

ErrorCode error_code(Errc code);

}  // namespace weir::kafka
