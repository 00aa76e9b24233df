// DeleteRecords: moves a partition's log start, and answers once the move is durable.
#include "broker/broker.hpp"
#include "protocols/kafka/error_mapping.hpp"
#include "protocols/kafka/handlers.hpp"
#include "protocols/kafka/partition_lookup.hpp"

namespace weir::kafka {

namespace {

constexpr Offset up_to_high_watermark{-1};

Result<log::Ticket> delete_before(const broker::Topic* topic, const DeleteRecordsRequest::Partition& wanted,
                                  DeleteRecordsResponse::Partition& reply) {
    const auto log = find_led_partition(topic, wanted.partition_index, no_epoch);
    if (!log) return log.error();
    if (auto changeable = check_changeable(topic); !changeable) return changeable.error();
    const auto end = (*log)->durable_end();
    const auto target = wanted.offset == up_to_high_watermark ? end : wanted.offset;
    if (target < Offset{0} || target > end) return Error{Errc::offset_out_of_range};
    const auto ticket = (*log)->delete_before(target);
    if (ticket) reply.low_watermark = std::max(target, (*log)->log_start());
    return ticket;
}

}  // namespace

void handle_delete_records(DeleteRecordsCall call) {
    DeleteRecordsResponse response;
    log::Ticket last = 0;
    for (const auto& wanted_topic : call.request.topics) {
        auto& topic_reply = response.topics.emplace_back();
        topic_reply.name = wanted_topic.name;
        const auto topic = call.broker().topics().find(wanted_topic.name);
        for (const auto& wanted : wanted_topic.partitions) {
            auto& reply = topic_reply.partitions.emplace_back();
            reply.partition_index = wanted.partition_index;
            const auto ticket = delete_before(topic.get(), wanted, reply);
            if (ticket) {
                last = std::max(last, *ticket);
            } else {
                reply.error_code = error_code(ticket.error().code);
            }
        }
    }
    auto& commits = call.broker().commits();
    auto& reactor = call.exchange->reactor();
    commits.await(reactor, {last, last},
                  [call = std::move(call), response = std::move(response)](const broker::Failures&) {
                      call.reply(response);
                  });
}

}  // namespace weir::kafka
