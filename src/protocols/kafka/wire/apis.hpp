// The table of Kafka's APIs that weir speaks: for the ApiVersions reply, for dispatch and for headers.
#pragma once

#include <span>

#include "protocols/kafka/wire/schema.hpp"

namespace weir::kafka {

// All of them, in ascending order of their keys.
std::span<const Api> apis();
// nullptr if weir has no API with this key.
const Api* find_api(std::int16_t key);

}  // namespace weir::kafka
