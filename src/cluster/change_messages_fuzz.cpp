// Any bytes as a change, its outcome, or an answer to operators: refused, or read and written as the same.
#include "base/assert.hpp"
#include "cluster/change_messages.hpp"
#include "cluster/status_messages.hpp"

namespace weir::cluster {
namespace {

template <class Decode>
void round_trip(ByteView body, Decode decode) {
    const auto read = decode(body);
    if (!read) return;
    const auto bytes = encode(*read);
    const auto again = decode(bytes);
    ASSERT(again.has_value());
    ASSERT(encode(*again) == bytes);
}

}  // namespace
}  // namespace weir::cluster

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir::cluster;
    const weir::ByteView body{data, size};
    round_trip(body, decode_request);
    round_trip(body, decode_change_reply);
    round_trip(body, decode_status);
    round_trip(body, decode_partitions);
    round_trip(body, decode_quorum);
    round_trip(body, decode_keys);
    round_trip(body, decode_sizes);
    round_trip(body, decode_damage);
    return 0;
}
