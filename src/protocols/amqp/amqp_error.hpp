// An error as AMQP tells it: a code, a sentence, and the method that caused it.
#pragma once

#include <string>

#include "protocols/amqp/wire/reply_code.hpp"
#include "protocols/amqp/wire/schema.hpp"

namespace weir::amqp {

struct AmqpError {
    ReplyCode code = ReplyCode::internal_error;
    std::string explanation;
    MethodId method = no_method;
};

// "NOT_FOUND - no queue 'q' in vhost '/'", at most as long as a short string may be.
std::string reply_text(const AmqpError& error);

}  // namespace weir::amqp
