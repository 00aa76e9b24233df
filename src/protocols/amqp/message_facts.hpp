// What a message's properties ask of exchanges and queues.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "broker/property_reader.hpp"
#include "protocols/amqp/wire/properties.hpp"

namespace weir::amqp {

// The property `expiration`: a decimal number of milliseconds; nothing for anything else.
std::optional<std::int64_t> expiration_ms(std::string_view text);
std::optional<FieldValue> header(const Properties& properties, std::string_view name);
// The texts in an array: the headers CC and BCC.
void add_keys(std::vector<std::string_view>& keys, const std::optional<FieldValue>& more);

// Reads properties of messages as the queue logs have them.
const broker::PropertyReader& property_reader();

}  // namespace weir::amqp
