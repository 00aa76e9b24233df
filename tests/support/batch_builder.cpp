// Record batches for tests.
#include "support/batch_builder.hpp"

#include "base/crc32c.hpp"

namespace weir::test {

Bytes make_batch(const BatchSpec& spec) {
    Bytes batch(log::batch_header_size + spec.bytes);
    auto* at = batch.data();
    store_big(at + 8, static_cast<std::int32_t>(batch.size() - log::batch_prefix_size));
    store_big(at + 12, std::int32_t{-1});
    at[16] = log::batch_magic;
    store_big(at + 23, spec.records - 1);
    store_big(at + 27, spec.timestamp_ms);
    store_big(at + 35, spec.timestamp_ms);
    store_big(at + 43, spec.producer.value);
    store_big(at + 51, spec.epoch.value);
    store_big(at + 53, spec.sequence);
    store_big(at + 57, spec.records);
    auto state = spec.seed * 0x9e3779b97f4a7c15u + 1;
    for (auto i = log::batch_header_size; i < batch.size(); ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        batch[i] = static_cast<std::uint8_t>(state >> 56);
    }
    store_big(at + 17, crc32c(ByteView{batch}.subspan(21)));
    return batch;
}

log::SharedSpan shared(Bytes bytes) {
    const auto owner = std::make_shared<Bytes>(std::move(bytes));
    return {owner, *owner};
}

log::SharedSpan shared_batch(const BatchSpec& spec) {
    return shared(make_batch(spec));
}

}  // namespace weir::test
