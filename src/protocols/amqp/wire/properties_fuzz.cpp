// Fuzzes properties: what is read is written and read again as the same.
#include "base/assert.hpp"
#include "protocols/amqp/wire/printer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir::amqp;
    const auto properties = decode_properties({data, size});
    if (!properties) return 0;
    const auto once = encode_properties(*properties);
    ASSERT(once.size() <= size);
    const auto again = decode_properties(once);
    ASSERT(again.has_value());
    ASSERT(print(*again) == print(*properties));
    return 0;
}
