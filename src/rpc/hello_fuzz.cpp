// Hellos of any bytes: what is taken encodes to the same bytes again, and checking it never fails otherwise
// than by an error.
#include "base/assert.hpp"
#include "rpc/error_number.hpp"
#include "rpc/hello.hpp"

namespace {

using namespace weir;
using namespace weir::rpc;

void check(const Hello& hello, std::string uri) {
    const LocalNode self{.cluster_id = hello.cluster_id, .id = hello.to, .tls = nullptr};
    const runtime::CertificateFacts facts{.subject = "fuzz", .uris = {std::move(uri)}};
    const auto checked = check_hello(self, hello, &facts);
    if (!checked) return;
    ASSERT(facts.uris[0] == certified_uri({hello.cluster_id, hello.from}));
    ASSERT(*certified_name(facts) == (CertifiedName{hello.cluster_id, hello.from}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    const std::string text{as_text(input)};
    if (const auto named = certified_name({.uris = {text}}))
        ASSERT(certified_uri(*named).size() <= text.size());
    (void)decode_error(static_cast<std::uint16_t>(size), input);
    const auto hello = decode_hello(input);
    if (!hello) return 0;
    const auto again = encode_hello(*hello);
    ASSERT(std::equal(again.begin(), again.end(), data));
    check(*hello, certified_uri({hello->cluster_id, hello->from}));
    check(*hello, std::string{as_text(input.subspan(again.size()))});
    return 0;
}
