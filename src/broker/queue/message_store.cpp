// Batches that were written or read last, with their records.
#include "broker/queue/message_store.hpp"

#include <algorithm>

#include "log/batch_format.hpp"

namespace weir::queue {
namespace {

Error no_message(Offset position) {
    return {Errc::corrupt, fmt::format("a queue log has no message at {}", position.value)};
}

std::string_view text_of(const std::optional<ByteView>& value) {
    return value ? as_text(*value) : std::string_view{};
}

}  // namespace

void MessageStore::keep(Offset base, std::int64_t records, std::shared_ptr<const Bytes> batch) {
    bytes_ += batch->capacity();  // what it takes: it may have grown by doubling
    batches_.push_back({base, base + records, std::move(batch), {}});
    while (bytes_ > most_bytes_ && batches_.size() > 1) {
        bytes_ -= batches_.front().bytes->capacity();
        batches_.pop_front();
    }
}

// The newest come last, and are asked for most.
Result<MessageStore::Batch*> MessageStore::batch(Offset position) {
    const auto found = std::find_if(batches_.rbegin(), batches_.rend(), [&](const Batch& one) {
        return one.base <= position && position < one.end;
    });
    if (found != batches_.rend()) return &*found;
    return read(position);
}

Result<MessageStore::Batch*> MessageStore::read(Offset position) {
    const auto ranges = log_.read(position, log_.durable_end(), 1);
    if (!ranges) return ranges.error();
    if (ranges->empty()) return no_message(position);
    const auto& range = ranges->front();
    const auto bytes = std::make_shared<Bytes>(range.size);
    const auto got = range.file->read(range.position, *bytes);
    if (!got) return got.error();
    if (*got != bytes->size() || !log::validate(*bytes)) return no_message(position);
    const log::BatchView batch{bytes->data()};
    keep(batch.base_offset(), batch.next_offset() - batch.base_offset(), bytes);
    return &batches_.back();
}

Result<MessageStore::Place> MessageStore::record(Offset position) {
    const auto found = batch(position);
    if (!found) return found.error();
    Batch& batch = **found;
    if (batch.records.empty()) {
        batch.records.reserve(static_cast<std::size_t>(batch.end - batch.base));
        auto walked = message::for_each_record(*batch.bytes, [&](const auto& record) -> Result<bool> {
            batch.records.push_back(record);
            return true;
        });
        if (!walked) return walked.error();
    }
    const auto at = static_cast<std::size_t>(position - batch.base);
    if (at >= batch.records.size()) return no_message(position);
    return Place{batch.bytes, &batch.records[at]};
}

Result<std::int64_t> MessageStore::time_ms(Offset position) {
    const auto place = record(position);
    if (!place) return place.error();
    return place->record->timestamp_ms;
}

Result<StoredMessage> MessageStore::content(Offset position) {
    const auto place = record(position);
    if (!place) return place.error();
    if (!place->record->value) return no_message(position);
    StoredMessage message{.owner = place->owner, .body = *place->record->value};
    for (const auto& header : place->record->headers()) {
        if (header.key == exchange_header) message.exchange = text_of(header.value);
        if (header.key == key_header) message.key = text_of(header.value);
        if (header.key == properties_header) message.properties = header.value.value_or(ByteView{});
    }
    return message;
}

Result<StoredMessage> MessageStore::find(Offset position, Offset at) {
    auto message = content(at);
    if (!message || position == at) return message;
    const auto place = record(position);
    if (!place) return place.error();
    auto decoded = place->record->key ? decode(*place->record->key) : no_message(position);
    if (!decoded) return decoded.error();
    auto* refer = std::get_if<ReferRecord>(&*decoded);
    if (refer == nullptr) return no_message(position);
    message->referral = std::make_shared<const ReferRecord>(std::move(*refer));
    message->exchange = message->referral->exchange;
    if (message->referral->key) message->key = *message->referral->key;
    return message;
}

}  // namespace weir::queue
