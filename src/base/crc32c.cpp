// CRC-32C by isa-l, which picks the processor's fastest instructions at run time.
#include "base/crc32c.hpp"

#include <isa-l/crc.h>

#include "base/assert.hpp"

namespace weir {

std::uint32_t crc32c(ByteView bytes, std::uint32_t seed) {
    ASSERT(bytes.size() <= 0x7fffffff);  // isa-l takes an int
    // isa-l's function is declared without const and only reads.
    auto* data = const_cast<unsigned char*>(bytes.data());
    return ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~seed);
}

}  // namespace weir
