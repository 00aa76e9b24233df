// Any bytes as a request's target and body: what is read of definitions comes back the same once it is
// written and read again, and nothing else happens than an error.
#include "base/assert.hpp"
#include "protocols/management/definitions.hpp"
#include "protocols/management/entity_json.hpp"
#include "protocols/management/http_parser.hpp"
#include "protocols/management/message_json.hpp"
#include "protocols/management/target.hpp"

namespace {

using namespace weir;
using namespace weir::management;

void read_request(ByteView bytes) {
    HttpParser parser({.max_header_bytes = 4096, .max_body_bytes = 65'536});
    parser.add(bytes);
    for (auto next = parser.next(); next && *next; next = parser.next()) {
        const auto target = parse_target((*next)->target);
        if (!target) continue;
        for (const auto& segment : target->path)
            ASSERT(*percent_decoded(percent_encoded(segment), false) == segment);
    }
    (void)parser.take_expectation();
}

void read_file(std::string_view text) {
    const auto json = parse_json(text);
    if (!json) return;
    (void)property_bytes(json->json);
    const auto definitions = read_definitions(json->json, std::nullopt);
    if (!definitions) return;
    for (const auto& queue : definitions->queues) {
        const auto again = queue_json(queue);
        Fields fields{again};
        const auto back = read_queue(fields, queue.host, queue.name);
        ASSERT(!fields.error() && queue_json(back) == again);
    }
    for (const auto& policy : definitions->policies) {
        const auto again = policy_json(policy);
        Fields fields{again};
        ASSERT(policy_json(read_policy(fields, policy.host, policy.name, policy.is_operator)) == again);
    }
    for (const auto& binding : definitions->bindings) (void)properties_key(binding);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read_request({data, size});
    read_file(as_text({data, size}));
    return 0;
}
