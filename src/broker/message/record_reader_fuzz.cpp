// Any bytes as a batch: header, codecs, records and the searches over them must refuse or read, never crash.
#include "base/assert.hpp"
#include "broker/message/batch_builder.hpp"
#include "broker/message/record_reader.hpp"
#include "broker/message/record_search.hpp"
#include "broker/message/record_validation.hpp"

namespace {

constexpr std::size_t unpacked_limit = 1 << 20;

// Whatever can be read can be built again, and reads the same.
void read_and_rebuild(weir::ByteView batch) {
    using namespace weir;
    auto reader = message::RecordReader::open(batch, unpacked_limit);
    if (!reader) return;
    message::BatchBuilder builder;
    message::RecordView record;
    for (;;) {
        const auto more = reader->next(record);
        if (!more) return;
        if (!*more) break;
        builder.add(0, record.key, record.value, record.headers());
    }
    ASSERT(reader->records_read() == log::BatchView(batch.data()).record_count());
    if (builder.record_count() == 0) return;
    const std::int32_t count = builder.record_count();
    const Bytes again = builder.finish();
    std::vector<message::RecordFault> faults;
    ASSERT(message::validate_records(again, {}, faults).has_value());
    ASSERT(log::BatchView(again.data()).record_count() == count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    const ByteView batch(data, size);
    read_and_rebuild(batch);
    std::vector<message::RecordFault> faults;
    const message::RecordRules strict{.keys_required = true, .unpacked_limit = unpacked_limit};
    (void)message::validate_records(batch, strict, faults).has_value();
    ASSERT(faults.size() <= message::max_record_faults);
    (void)message::find_first_at_or_after(batch, 1000, unpacked_limit).has_value();
    (void)message::find_greatest_timestamp(batch, unpacked_limit).has_value();
    return 0;
}
