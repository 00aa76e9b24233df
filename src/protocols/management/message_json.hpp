// A message's properties between JSON and the bytes of AMQP.
#pragma once

#include "protocols/amqp/wire/properties.hpp"
#include "protocols/management/json.hpp"

namespace weir::management {

// Errors: invalid_argument.
Result<Bytes> property_bytes(const Json& properties);
// Of what the broker has stored; what can't be read is left out.
Json properties_json(ByteView bytes);

struct Payload {
    std::string text;
    std::string_view encoding;  // "string" or "base64"
};
// As text if it is UTF-8 and `is_plain`, else as base64; of at most so many bytes.
Payload payload_of(ByteView body, bool is_plain, std::size_t most);
// Errors: invalid_argument.
Result<Bytes> body_of(const std::string& payload, const std::string& encoding);

}  // namespace weir::management
