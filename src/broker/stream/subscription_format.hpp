// The one place where weir reads what members of a group tell their leader: the topics a consumer subscribed
// to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace weir::stream {

// The protocol type whose members' metadata has this layout.
inline constexpr std::string_view consumer_protocol_type = "consumer";

// The topics in a consumer's metadata (its versions 0 to 3 begin alike: version, topics), sorted, without
// duplicates. Nothing if the bytes are something else.
std::optional<std::vector<std::string>> subscribed_topics(ByteView metadata);

}  // namespace weir::stream
