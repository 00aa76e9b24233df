// Headers are copied but for those that end here.
#include "protocols/amqp/queued_properties.hpp"

#include "protocols/amqp/message_facts.hpp"
#include "protocols/amqp/wire/table_writer.hpp"

namespace weir::amqp {
namespace {

void add_delay(TableWriter& headers, std::int64_t ms) {
    const bool is_small = ms >= INT32_MIN;
    is_small ? headers.add(delay_header, static_cast<std::int32_t>(ms)) : headers.add(delay_header, ms);
}

}  // namespace

std::optional<Bytes> queued_properties(const Properties& properties, std::int64_t delay_ms) {
    if (delay_ms == 0 && !header(properties, "BCC")) return std::nullopt;
    TableWriter headers;
    for (const auto& field : *properties.headers) {
        if (field.name == "BCC" || (delay_ms != 0 && field.name == delay_header)) continue;
        headers.add(field.name, field.value);
    }
    if (delay_ms != 0) add_delay(headers, -delay_ms);
    auto changed = properties;
    changed.headers = headers.table();
    return encode_properties(changed);
}

}  // namespace weir::amqp
