// librdkafka's errors as weir's.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

#include "base/result.hpp"

namespace weir::client {

// `text` stands in front of librdkafka's own words: "can't create topic orders".
Error kafka_error(rd_kafka_resp_err_t code, std::string text);
// The same with the broker's words, where it sent any.
Error kafka_error(rd_kafka_resp_err_t code, std::string text, const char* broker_words);

}  // namespace weir::client
