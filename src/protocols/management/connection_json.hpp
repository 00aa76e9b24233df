// Live connections, channels and consumers as the API shows them.
#pragma once

#include "protocols/management/call.hpp"

namespace weir::management {

// "127.0.0.1:40000 -> 127.0.0.1:5672"
std::string connection_name(const broker::LiveConnection& connection);
Json connection_json(const Call& call, const broker::LiveConnection& connection);
std::vector<Json> channels_json(const Call& call, const broker::LiveConnection& connection);
std::vector<Json> consumers_json(const Call& call, const broker::LiveConnection& connection);

}  // namespace weir::management
