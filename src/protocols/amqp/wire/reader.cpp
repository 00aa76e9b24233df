// The words for what a Reader could not read.
#include "protocols/amqp/wire/reader.hpp"

#include <fmt/format.h>

namespace weir::amqp {

std::string Reader::problem() const {
    return ok() ? "" : fmt::format("field '{}' at byte {} {}", name_, failed_at_, failure_);
}

}  // namespace weir::amqp
