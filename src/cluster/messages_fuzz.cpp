// Any bytes as each of the messages between nodes: refused or read, and what was read is written the same.
#include "base/assert.hpp"
#include "cluster/messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::cluster;
    const ByteView body{data, size};
    if (const auto read = decode_introduction(body))
        ASSERT(decode_introduction(encode(*read)).value() == *read);
    if (const auto read = decode_address(body)) ASSERT(decode_address(encode(*read)).value() == *read);
    if (const auto read = decode_register(body)) ASSERT(decode_register(encode(*read)).has_value());
    if (const auto read = decode_heartbeat(body)) ASSERT(decode_heartbeat(encode(*read)).has_value());
    if (const auto read = decode_producer_ids(body)) ASSERT(decode_producer_ids(encode(*read)).has_value());
    if (const auto read = decode_alter_partitions(body))
        ASSERT(decode_alter_partitions(encode(*read)).value().items.size() == read->items.size());
    if (const auto read = decode_damaged_replicas(body))
        ASSERT(decode_damaged_replicas(encode(*read)).value().items == read->items);
    if (const auto read = decode_damaged_reply(body))
        ASSERT(decode_damaged_reply(encode(*read)).value().outcomes.size() == read->outcomes.size());
    if (const auto read = decode_outcomes(body))
        ASSERT(decode_outcomes(encode(*read)).value().size() == read->size());
    (void)decode_number(body).has_value();
    return 0;
}
