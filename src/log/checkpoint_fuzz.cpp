// Fuzzes the checkpoint reader: any bytes are refused or make a sound checkpoint.
#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "log/checkpoint.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    (void)log::decode_checkpoint({data, size});
    Bytes sealed{data, data + size};  // the same behind a right checksum
    const auto checksum = crc32c(sealed);
    sealed.resize(size + 4);
    store_little(sealed.data() + size, checksum);
    if (const auto decoded = log::decode_checkpoint(sealed))
        ASSERT(log::encode_checkpoint(*decoded) == sealed);
    return 0;
}
