// Fuzzes the readers of damage files (whatever one holds says that there is damage) and of loss files.
#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "log/damage.hpp"
#include "log/set_aside.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    (void)log::decode_damage({data, size});
    Bytes sealed{data, data + size};  // the same behind a right checksum
    sealed.resize(size + 4);
    store_little(sealed.data() + size, crc32c(ByteView{data, size}));
    const auto damage = log::decode_damage(sealed);
    ASSERT(log::decode_damage(log::encode_damage(damage)).until == damage.until);
    if (const auto loss = log::decode_loss(sealed))
        ASSERT(log::decode_loss(log::encode_loss(*loss)).value() == *loss);
    return 0;
}
