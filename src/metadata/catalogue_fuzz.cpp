// The reader of catalogue snapshots takes any bytes; what it accepts gives a snapshot that is stable.
#include "base/assert.hpp"
#include "metadata/catalogue.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir::metadata;
    Catalogue catalogue;
    if (!catalogue.restore({data, size})) {
        ASSERT(catalogue.topic_count() == 0 && catalogue.nodes().empty());
        return 0;
    }
    const auto bytes = catalogue.snapshot();
    Catalogue again;
    ASSERT(again.restore(bytes));
    ASSERT(again.snapshot() == bytes);
    return 0;
}
