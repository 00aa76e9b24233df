// Any bytes as a record of the groups' log and as a member's metadata: what is read must encode to the same
// meaning.
#include "base/assert.hpp"
#include "broker/stream/group_machine.hpp"
#include "broker/stream/subscription_format.hpp"

namespace {

using namespace weir;

template <class Record>
void expect_same_again(const Record& record) {
    const auto encoded = stream::encode(record);
    const auto value = encoded.value ? std::optional<ByteView>(*encoded.value) : std::nullopt;
    const auto again = stream::decode(encoded.key, value);
    ASSERT(again && std::holds_alternative<Record>(*again));
    const auto twice = stream::encode(std::get<Record>(*again));
    ASSERT(twice == encoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t key_size = std::min<std::size_t>(data[0], size - 1);
    const ByteView key(data + 1, key_size);
    const ByteView value(data + 1 + key_size, size - 1 - key_size);
    const auto decoded = stream::decode(key, value);
    if (decoded) {
        if (const auto* offset = std::get_if<stream::OffsetRecord>(&*decoded)) expect_same_again(*offset);
        if (const auto* group = std::get_if<stream::GroupRecord>(&*decoded)) expect_same_again(*group);
    }
    stream::GroupMachine machine({});
    if (machine.apply(key, value)) {
        machine.start({1000, 1000});
        (void)machine.on_time({100'000'000, 100'000'000});
    }
    (void)stream::subscribed_topics(value);
    return 0;
}
