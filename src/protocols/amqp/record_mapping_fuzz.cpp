// Any record becomes a message that can be read, and any message a record.
#include "base/assert.hpp"
#include "protocols/amqp/record_mapping.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    const ByteView in{data, size};
    if (const auto properties = amqp::decode_properties(in)) {
        amqp::Publish publish;
        publish.properties = *properties;
        publish.property_bytes = in;
        (void)amqp::to_record(publish, "t", 0);
    }
    message::Record record;
    const auto half = in.first(size / 2);
    record.key = Bytes{half.begin(), half.end()};
    record.headers = {{"x-exchange", Bytes{}}, {"x-amqp-properties", Bytes{in.begin(), in.end()}}};
    if (size % 2 == 0) record.headers.erase(record.headers.begin());
    message::BatchBuilder builder;
    message::add(builder, record);
    const auto batch = builder.finish();
    const auto walked = message::for_each_record(batch, [](const auto& view) -> Result<bool> {
        const auto made = amqp::from_record(view, {.topic = "t"}, 4096);
        ASSERT(amqp::decode_properties(made.properties));
        ASSERT(made.properties.size() <= 4096);
        return true;
    });
    ASSERT(walked);
    return 0;
}
