// Fuzzes the replica fetch: any bytes are refused, or are exactly what encoding gives.
#include "base/assert.hpp"
#include "replication/replica_fetch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    const ByteView bytes{data, size};
    if (const auto request = replication::decode_fetch_request(bytes)) {
        ASSERT(std::ranges::equal(replication::encode(*request), bytes));
    }
    const auto message = std::make_shared<Bytes>(bytes.begin(), bytes.end());
    if (const auto reply = replication::decode_fetch_reply({message, *message})) {
        auto again = replication::encode(*reply);
        for (const auto& partition : reply->partitions)
            again.insert(again.end(), partition.batches.bytes.begin(), partition.batches.bytes.end());
        ASSERT(std::ranges::equal(again, bytes));
    }
    return 0;
}
