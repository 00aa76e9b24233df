// The readers of base64 and of imported hashes take any text; what they accept comes back the same.
#include "base/assert.hpp"
#include "broker/access/password.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::access;
    const auto text = as_text({data, size});
    const auto bytes = from_base64(text);
    if (bytes) {
        const auto again = from_base64(to_base64(*bytes));
        ASSERT(again && *again == *bytes);
    }
    for (const auto kind :
         {topology::CredentialKind::salted_sha256, topology::CredentialKind::salted_sha512}) {
        const auto credential = import_hash(kind, text);
        if (!credential) continue;
        const auto again = import_hash(kind, export_hash(*credential));
        ASSERT(again && *again == *credential);
        (void)verify(*credential, text);
    }
    return 0;
}
