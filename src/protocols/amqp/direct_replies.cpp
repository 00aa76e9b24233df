// Taking an address apart.
#include "protocols/amqp/direct_replies.hpp"

namespace weir::amqp {

std::string_view direct_reply_address(std::string_view key) {
    const bool is_address = key.starts_with(direct_reply_queue) && key.size() > direct_reply_queue.size() &&
                            key[direct_reply_queue.size()] == '.';
    return is_address ? key.substr(direct_reply_queue.size() + 1) : std::string_view{};
}

}  // namespace weir::amqp
