// The reader of the group's messages takes any bytes; what it takes, it would write the same way.

#include "base/assert.hpp"
#include "consensus/message_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::consensus;
    // Version and cluster are given, so that the fuzzer need not find them.
    const Uuid cluster;
    Bytes bytes{1, size == 0 ? std::uint8_t{0} : data[0]};
    bytes.resize(bytes.size() + cluster.bytes.size());
    if (size > 0) bytes.insert(bytes.end(), data + 1, data + size);
    const auto message = decode_message(cluster, bytes);
    if (message) ASSERT(encode_message({cluster, message->address}, message->message) == bytes);
    return 0;
}
