// The decoder of metadata log entries takes any bytes; what it accepts encodes to the same commands, and
// applying them never breaks the catalogue.
#include "base/assert.hpp"
#include "metadata/catalogue.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::metadata;
    const auto commands = decode_entry({data, size});
    if (!commands) return 0;
    const auto again = decode_entry(encode_entry(*commands));
    ASSERT(again && *again == *commands);
    Catalogue catalogue;
    for (const auto& command : *commands) {
        const auto before = catalogue.topic_count();
        if (!catalogue.apply(command)) ASSERT(catalogue.topic_count() == before);
    }
    Catalogue restored;
    ASSERT(restored.restore(catalogue.snapshot()));
    ASSERT(restored.snapshot() == catalogue.snapshot());
    return 0;
}
