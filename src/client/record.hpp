// A record's parts as clients see them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::client {

struct Header {
    std::string name;
    std::optional<std::string> value;

    bool operator==(const Header&) const = default;
};

// The views stay valid as long as what the record was read from.
struct Record {
    std::string_view topic;
    std::int32_t partition = -1;  // to be sent: -1 lets the key, or chance, choose
    std::int64_t offset = -1;
    std::int64_t timestamp_ms = -1;  // -1: none, or now
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;  // nothing: a tombstone
    std::vector<Header> headers;
};

}  // namespace weir::client
