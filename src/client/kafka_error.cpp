// Maps the codes that a command acts upon; all others keep their text only.
#include "client/kafka_error.hpp"

#include <fmt/format.h>

namespace weir::client {

namespace {

Errc neutral(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return Errc::timed_out;
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return Errc::not_found;
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return Errc::already_exists;
        case RD_KAFKA_RESP_ERR__INVALID_ARG: return Errc::invalid_argument;
        case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND: return Errc::group_not_found;
        case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP: return Errc::group_not_empty;
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return Errc::offset_out_of_range;
        case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID: return Errc::unknown_member;
        default: return Errc::internal;
    }
}

}  // namespace

Error kafka_error(rd_kafka_resp_err_t code, std::string text, const char* broker_words) {
    const bool has_words = broker_words != nullptr && *broker_words != '\0';
    return {neutral(code), fmt::format("{}: {}", text, has_words ? broker_words : rd_kafka_err2str(code))};
}

Error kafka_error(rd_kafka_resp_err_t code, std::string text) {
    return kafka_error(code, std::move(text), nullptr);
}

}  // namespace weir::client
