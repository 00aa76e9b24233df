// What a message's properties ask of exchanges and queues.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "broker/property_reader.hpp"
#include "protocols/amqp/wire/properties.hpp"

namespace weir::amqp {

// The property `expiration`: a decimal number of milliseconds; or RabbitMQ's words for what is wrong with it.
std::variant<std::int64_t, std::string> read_expiration(std::string_view text);
// In ms; -1: there is none, or it is wrong.
std::int64_t expiration_ms(const Properties& properties);
// The explanation of a 406 for properties that weir would act by; nothing if they are right.
std::optional<std::string> mistake_in(const Properties& properties);
std::optional<FieldValue> header(const Properties& properties, std::string_view name);
// The texts in an array: the headers CC and BCC.
void add_keys(std::vector<std::string_view>& keys, const std::optional<FieldValue>& more);

// How long exchanges that delay shall keep the message, by its header x-delay; 0: not at all.
std::int64_t delay_ms(const Properties& properties);
inline constexpr std::string_view delay_header = "x-delay";

// By what a queue that drops what it has had before knows the message: the header x-deduplication-header, or
// the message id; "": by nothing.
std::string deduplication_id(const Properties& properties);
// Of messages with the same one, a queue that orders by key hands out one at a time: the header x-key.
std::string group_key(const Properties& properties);

// Reads properties of messages as the queue logs have them.
const broker::PropertyReader& property_reader();

}  // namespace weir::amqp
