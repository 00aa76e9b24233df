// DeleteRecords: moves a partition's log start, and answers once the move is durable.
#include "protocols/kafka/answer_partitions.hpp"
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
    const auto end = (*log)->readable_end();
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
    answer_partitions(call, response.topics,
                      [&](const broker::Topic* topic, const auto& wanted, auto& reply) -> Result<void> {
                          const auto ticket = delete_before(topic, wanted, reply);
                          if (!ticket) return ticket.error();
                          last = std::max(last, *ticket);
                          return {};
                      });
    auto& commits = call.broker().commits();
    auto& reactor = call.exchange->reactor();
    commits.await(reactor, {last, last},
                  [call = std::move(call), response = std::move(response)](const broker::Failures&) {
                      call.reply(response);
                  });
}

}  // namespace weir::kafka
