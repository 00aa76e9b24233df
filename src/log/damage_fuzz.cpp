// Fuzzes the reader of damage files: whatever it holds says that there is damage.
#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "log/damage.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    (void)log::decode_damage({data, size});
    Bytes sealed{data, data + size};  // the same behind a right checksum
    sealed.resize(size + 4);
    store_little(sealed.data() + size, crc32c(ByteView{data, size}));
    const auto damage = log::decode_damage(sealed);
    ASSERT(log::decode_damage(log::encode_damage(damage)).until == damage.until);
    return 0;
}
