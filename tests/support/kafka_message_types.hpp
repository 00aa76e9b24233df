// Kafka's messages without their types, so that what is asked of every one is compiled once and not once for
// each.
#pragma once

#include <span>
#include <string>

#include "base/result.hpp"
#include "protocols/kafka/wire/schema.hpp"

namespace weir::test {

// One type of message. Bodies are without headers; errors are the decoder's.
struct KafkaMessageType {
    const kafka::Api* api;
    bool is_request;
    std::string (*mistakes)();                                              // KafkaLint's
    Bytes (*fill)(std::int16_t version, std::uint32_t seed);                // with KafkaFiller, and written
    std::string (*print_filled)(std::int16_t version, std::uint32_t seed);  // the same, not written
    Bytes (*defaults)(std::int16_t version);
    Result<std::string> (*print)(ByteView body, std::int16_t version);
    Result<Bytes> (*rewrite)(ByteView body, std::int16_t version);  // what is read, written again
};

// Of each API, in order of keys: its request, its response.
std::span<const KafkaMessageType> kafka_message_types();

}  // namespace weir::test
