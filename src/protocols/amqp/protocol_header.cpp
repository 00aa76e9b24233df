// Telling protocols apart by their first bytes.
#include "protocols/amqp/protocol_header.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace weir::amqp {

namespace {

bool starts_with(ByteView header, std::initializer_list<std::uint8_t> bytes) {
    return std::equal(bytes.begin(), bytes.end(), header.begin());
}

bool is_tls_hello(ByteView header) {
    return starts_with(header, {0x16, 0x03}) && header[5] == 0x01;
}

}  // namespace

Greeting greeting_of(ByteView header) {
    ASSERT(header.size() == protocol_header_size);
    if (std::ranges::equal(header, amqp_0_9_1_header)) return Greeting::amqp_0_9_1;
    if (starts_with(header, {'A', 'M', 'Q', 'P', 1, 1, 0, 9})) return Greeting::amqp_0_9_1;
    if (std::ranges::equal(header, amqp_1_0_header)) return Greeting::amqp_1_0;
    if (starts_with(header, {'A', 'M', 'Q', 'P', 0, 0}) && header[6] >= 9) return Greeting::other_0_9;
    if (starts_with(header, {'A', 'M', 'Q', 'P'})) return Greeting::other_amqp;
    if (starts_with(header, {'G', 'E', 'T', ' '})) return Greeting::http;
    return is_tls_hello(header) ? Greeting::tls : Greeting::unknown;
}

std::string_view refusal_of(Greeting greeting) {
    switch (greeting) {
        case Greeting::amqp_0_9_1: return "";
        case Greeting::amqp_1_0: return "it speaks AMQP 1.0, which is not served here";
        case Greeting::other_0_9:
        case Greeting::other_amqp: return "it speaks a version of AMQP that is not served here";
        case Greeting::http: return "it speaks HTTP: this is AMQP's port, the management API has its own";
        case Greeting::tls: return "it speaks TLS, and this port is plain: connect to the port with TLS";
        case Greeting::unknown: return "it does not speak AMQP";
    }
    return "";
}

}  // namespace weir::amqp
