// Fuzzes the replica fetch: any bytes are refused, or are exactly what encoding gives.
#include "base/assert.hpp"
#include "replication/replica_fetch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    const ByteView bytes{data, size};
    if (const auto request = replication::decode_fetch_request(bytes)) {
        ASSERT(std::ranges::equal(replication::encode(*request), bytes));
    }
    if (const auto reply = replication::decode_fetch_reply(bytes)) {
        ASSERT(std::ranges::equal(replication::encode(*reply), bytes));
    }
    return 0;
}
